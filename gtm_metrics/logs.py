"""What the program says of its running: lines on stderr, as text for people or as JSON for whoever collects them.

GTM_LOG is text (so it is where nothing is said) or json; GTM_LOG_LEVEL is debug, info, warning or error. Where nothing
is said it is warning, for commands, which print their own trouble, error. At info there is a line a query, a page, a
refresh and a file that leaves. No line holds a figure, a name or a secret: what a query asks for is told by the
warehouse's own history, under warehouse.query_tag.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from gtm_metrics.exports import plain_line

LOGGER = "gtm_metrics"
FORMATS, LEVELS = ("text", "json"), ("debug", "info", "warning", "error")


def set_up(environ: Mapping[str, str], stream: TextIO | None = None, usual: str = "warning") -> None:
    """Sends the program's lines to `stream` (stderr) as the environment asks for.

    Raises ValueError naming the variable, its value and what it may be.
    """
    form, level = environ.get("GTM_LOG") or "text", environ.get("GTM_LOG_LEVEL") or usual
    for name, given, known in (("GTM_LOG", form, FORMATS), ("GTM_LOG_LEVEL", level, LEVELS)):
        if given.lower() not in known:
            raise ValueError(f"{name} is {given!r}; it must be one of {', '.join(known)}")
    logger = logging.getLogger(LOGGER)
    for old in [handler for handler in logger.handlers if isinstance(handler, _Ours)]:
        logger.removeHandler(old)
    handler = _Ours(stream or sys.stderr)
    handler.setFormatter(_Json() if form.lower() == "json" else _Text())
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False


def told(**facts: Any) -> dict[str, Any]:
    """Facts of a line, for `extra`: names and plain values."""
    return {"facts": facts}


class _Ours(logging.StreamHandler[TextIO]):
    """The handler that this module put there."""


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["trouble"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        facts = "".join(f" {name}={value}" for name, value in getattr(record, "facts", {}).items())
        line = plain_line(f"{at:%Y-%m-%d %H:%M:%S} {record.levelname.lower()} {record.getMessage()}{facts}")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line
