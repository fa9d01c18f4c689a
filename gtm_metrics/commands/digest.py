"""The Monday summary without a browser: gtm-metrics digest [--out FOLDER | FILE.html | FILE.md].

Exit codes: 0 fine, 1 data trouble, 2 usage, 3 a segment's state changed: then a scheduler has something to send.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd

from gtm_metrics import deck
from gtm_metrics.commands.asking import journal_of, opened_to_refresh
from gtm_metrics.commands.deck import asked_of
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company
from gtm_metrics.deck.digest import Digest, digest_of, html_of, markdown_of

FINE, TROUBLE, CHANGED = 0, 1, 3
KINDS = MARKDOWN, HTML = ".md", ".html"


def add_digest(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parsers; `command(name, run, text)` gives one."""
    text = "the Monday summary: what changed and what to do first; exit code 3 when a state changed"
    sub = command("digest", _digest, text)
    told = (
        "folder for digest.md, digest.html and the pictures, or one file that ends in .html or .md "
        "(default: Markdown on standard output alone)"
    )
    sub.add_argument("--out", type=Path, metavar="PLACE", help=told)
    sub.add_argument("--by", metavar="DIM", help="dimension of funnel health (default the first)")
    sub.add_argument("--hide-names", action="store_true", help="no account is named")
    sub.set_defaults(window="13", segment="")


def _digest(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Prints the summary, or with --format json or csv what changed, a row a change; writes the files."""
    with journal_of(company) as engine:
        warehouse = opened_to_refresh(company, engine, today, today)
        doors, asked = asked_of(company, warehouse, engine, options, as_of, today)
        found = digest_of(asked, doors, options.hide_names)
    if isinstance(found, str):
        tell(f"there is no digest: {found}")
        return TROUBLE
    if options.out:
        written(options.out, found)
    if options.format == "table":
        print(markdown_of(found), end="")
    else:
        show(pd.DataFrame(found.changes, columns=["segment", "change", "mark"], dtype=object), options.format)
    return CHANGED if found.moved else FINE


def written(place: Path, found: Digest) -> None:
    """Writes digest.md with its pictures beside it, and digest.html with the same inline, into a folder; or the one
    that a file's name asks for. Without the export extra they are words alone, which is said."""
    one = place.suffix in KINDS and not place.is_dir()
    folder, stem, kinds = (place.parent, place.stem, (place.suffix,)) if one else (place, "digest", KINDS)
    folder.mkdir(parents=True, exist_ok=True)
    why = deck.missing("vl_convert")
    if why:
        tell(f"no pictures: {why}")
    pictures = [] if why else [deck.png_of(slide) for slide in found.slides]
    if HTML in kinds:
        (folder / f"{stem}{HTML}").write_text(html_of(found, pictures), encoding="utf-8")
    if MARKDOWN in kinds:
        names = [f"{stem}-{slide.finding}.png" for slide in found.slides] if pictures else []
        for name, picture in zip(names, pictures, strict=True):
            (folder / name).write_bytes(picture)
        (folder / f"{stem}{MARKDOWN}").write_text(markdown_of(found, names), encoding="utf-8")
