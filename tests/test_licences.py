"""What is installed beside this program may be used: every locked package says its licence, and none is the GPL's."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKED = sorted(set(re.findall(r"^([\w.\-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.M)))
ELSEWHERE = {"colorama": "BSD-3-Clause"}
"""Packages that are installed on Windows alone."""
IN_A_FILE = {"axe-playwright-python": "MIT"}
"""Packages whose licence is a file they carry, and no line of their metadata."""
FREE = re.compile(r"MIT|BSD|Apache|PSF|Python Software|ISC|Zlib|CC0|0BSD|Unlicense", re.I)
SHARED_ALIKE = re.compile(r"LGPL|MPL|Mozilla", re.I)


def licence(name: str) -> str:
    """What a package says in its metadata: the expression, the classifiers, or the field's first line."""
    told = metadata.metadata(name)
    lines = told.get_all("Classifier", [])
    classified = [line.split(" :: ")[-1] for line in lines if line.startswith("License :: OSI")]
    first = (told.get("License") or "").strip().splitlines()[:1]
    return told.get("License-Expression") or "; ".join(classified or first) or IN_A_FILE.get(name, "")


def test_no_locked_package_is_under_the_gpl() -> None:
    """Each is free to use; those whose own changes would have to be shared are named in docs/deploy.md."""
    found = {name: licence(name) for name in LOCKED if name not in ELSEWHERE}
    assert len(found) > 70
    assert {name: said for name, said in found.items() if re.search(r"(?<!L)GPL|General Public", said)} == {}
    assert [name for name, said in found.items() if not (FREE.search(said) or SHARED_ALIKE.search(said))] == []
    alike = {name for name, said in found.items() if not FREE.search(said)}
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    listed = re.search(r"shared: ([^.]*)\.", page.split("## What it is made of")[1])
    assert listed
    assert set(re.findall(r"`([\w-]+)`", listed.group(1))) == alike


def test_every_locked_package_has_its_hash() -> None:
    """What is installed is what was locked: each version has at least one hash, and make asks for them."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=\S)", text.strip()):
        assert entry.startswith("#") or "--hash=sha256:" in entry, entry[:60]
    assert "--require-hashes -r requirements.lock" in (ROOT / "Makefile").read_text(encoding="utf-8")
