"""The board deck without a browser: gtm-metrics deck --out FILE.pptx | FILE.xlsx | FOLDER/.

Exit codes as everywhere: 0 fine (also with findings left out, which are said), 1 data trouble, 2 usage.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from gtm_metrics import deck
from gtm_metrics.commands.asking import journal_of, opened_to_refresh, through_of
from gtm_metrics.commands.printing import show, tell
from gtm_metrics.company import Company, Refused
from gtm_metrics.funnel.windows import WINDOWS
from gtm_metrics.refresh import refresh
from gtm_metrics.tallies import dimensions, metrics_of
from gtm_metrics.warehouse import Warehouse, WarehouseError
from gtm_metrics.weeks import known_by

FINE = 0
ENDINGS = (".pptx", ".xlsx")


def add_deck(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the sub-parsers; `command(name, run, text)` gives one."""
    sub = command("deck", _deck, "findings as slides: PowerPoint, a workbook, or pictures")
    sub.add_argument("--out", required=True, metavar="FILE", help="FILE.pptx, FILE.xlsx, or a folder for PNG and SVG")
    sub.add_argument(
        "--finding",
        action="append",
        default=[],
        choices=deck.NAMES,
        help="a slide; give it several times, in their order (default every one)",
    )
    sub.add_argument("--by", metavar="DIM", help="dimension of health and segment (default the first)")
    keys = tuple(window.key for window in WINDOWS)
    sub.add_argument("--window", choices=keys, default="13", help="weeks, or a fiscal period (default 13)")
    sub.add_argument("--segment", default="", metavar="NAME", help="whom the slide of a segment is about")
    sub.add_argument("--hide-names", action="store_true", help="no account is named")
    sub.add_argument("--anew", action="store_true", help="print slides anew that were printed before")
    sub.add_argument("--who", default="command line", metavar="WHO", help="who prints, for the journal")


def _deck(options: argparse.Namespace, company: Company, as_of: date | None, today: date) -> int:
    """Writes the deck, and prints a row a slide."""
    target = Path(options.out)
    _refuse(target)
    with journal_of(company) as engine:
        asked, made = _made(options, company, engine, as_of, today)
        written(target, made.without_names() if options.hide_names else made, company)
        deck.keep(engine, made, asked, options.who, today, options.anew)
    for name, why in made.left_out.items():
        tell(f"{name} is left out: {why}")
    lines = [(s.finding, s.headline, s.finding in made.kept, asked.as_of) for s in made.slides]
    show(pd.DataFrame(lines, columns=["finding", "headline", "printed_before", "as_of"], dtype=object), options.format)
    return FINE


def _made(
    options: argparse.Namespace, company: Company, engine: sa.Engine, as_of: date | None, today: date
) -> tuple[deck.Asked, deck.Deck]:
    """The deck; where the warehouse does not answer, as the journal keeps it, which is said. Raises WarehouseError
    where a slide was not printed before."""
    try:
        warehouse = opened_to_refresh(company, engine, today, today)
        doors, asked = asked_of(company, warehouse, engine, options, as_of, today)
        return asked, deck.deck_of(asked, doors, options.finding or deck.NAMES, options.anew)
    except WarehouseError as away:
        given = {"window": options.window, "segment": options.segment}
        given |= {"as_of": as_of.isoformat()} if as_of else {}
        given |= {"by": options.by} if options.by else {}
        found = None if options.anew else deck.kept_deck(engine, given, options.finding)
        if found is None:
            raise
        tell(str(away))
        tell("every slide is as it was printed before, from the journal alone")
        return found


def asked_of(
    company: Company,
    warehouse: Warehouse,
    engine: sa.Engine,
    options: argparse.Namespace,
    as_of: date | None,
    today: date,
) -> tuple[deck.Doors, deck.Asked]:
    """What is asked, and the doors it is asked through; the week that is due is judged first. Raises WarehouseError."""
    through = through_of(warehouse, None)
    refresh(warehouse, company, engine, today, "command line")
    known = [dimension.name for dimension in dimensions(warehouse, company)]
    if not known:
        raise Refused("the accounts have no attribute to segment by, such as industry or region")
    day = min(as_of or through, through)
    decided_by = known_by(day, through, today)
    asked = deck.Asked(day, options.by or known[0], options.window, options.segment, decided_by)
    return deck.asking(company, warehouse, engine), asked


def written(target: Path, made: deck.Deck, company: Company) -> None:
    """Writes the file, or the folder's pictures. Raises Refused where there is no slide to write."""
    if not made.slides:
        raise Refused(f"there is no slide: {'; '.join(made.left_out.values())}")
    title = " ".join(part for part in (company.name, "board deck") if part)
    if target.suffix == ".pptx":
        target.write_bytes(deck.pptx_of(made.slides, title))
    elif target.suffix == ".xlsx":
        target.write_bytes(deck.workbook_of(made.slides, metrics_of(company), title))
    else:
        target.mkdir(parents=True, exist_ok=True)
        for number, slide in enumerate(made.slides, start=1):
            name = f"{number:02d}-{slide.finding}"
            (target / f"{name}.png").write_bytes(deck.png_of(slide))
            (target / f"{name}.svg").write_text(deck.svg_of(slide), encoding="utf-8")


def _refuse(target: Path) -> None:
    """Refuses what cannot be written before anything is asked."""
    if target.suffix and target.suffix not in ENDINGS and not target.is_dir():
        raise Refused(f"--out {target}: the name ends in {' or '.join(ENDINGS)}, or is a folder for pictures")
    if target.suffix in ENDINGS and not target.parent.is_dir():
        raise Refused(f"--out {target}: there is no folder {target.parent}")
    modules = {".pptx": ("pptx",), ".xlsx": ()}.get(target.suffix, ("vl_convert",))
    why = deck.missing(*modules)
    if why:
        raise Refused(why)
