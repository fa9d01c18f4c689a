"""The export extra: what draws pictures and writes slides. Without it nothing else is missing."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from gtm_metrics.company import Refused

PACKAGES = {"vl_convert": "vl-convert-python", "pptx": "python-pptx"}
"""What is imported, by what is installed."""
INSTALL = 'pip install "gtm-metrics[export]"'


def missing(*modules: str) -> str:
    """What to install for these modules, in a sentence; '' where they are there."""
    gone = [PACKAGES[name] for name in modules if find_spec(name) is None]
    return f"{' and '.join(gone)} {'is' if len(gone) == 1 else 'are'} not installed: {INSTALL}" if gone else ""


def needed(module: str) -> Any:
    """The module. Raises Refused where it is not installed, saying how to."""
    why = missing(module)
    if why:
        raise Refused(why)
    return import_module(module)
