"""Layouts: folders of SELECTs that rename a warehouse's tables to ours, one that ships or one beside gtm.toml.

`layout.toml` in the folder of one that ships says whose tables they are: `title`, `kind`, the `schemas` that its
connector usually writes to, and `files` where it shares the files of another. gtm.toml names one or several; of each
of our tables the last that has it is read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gtm_metrics.company import Company, Refused
from gtm_metrics.vocabulary import words_of

SHIPPED = Path(__file__).parent
KINDS = ("CRM", "billing", "sequencer", "calls", "support", "surveys", "our tables")
"""What a layout's system is; a CRM and our own tables hold accounts, the others add to them."""
LONGEST = 80
"""Characters of a value that a refusal repeats."""


@dataclass(frozen=True)
class Layout:
    """A layout: what it is called, its SQL files by the table they yield, and where its tables usually lie.

    schemas  the schemas that its connector usually writes to, the likeliest first; empty: none is usual
    counts   SQL files that count what the system itself says, without a rule of ours: won_deals, open_deals, ...
    """

    name: str
    title: str
    kind: str
    schemas: tuple[str, ...]
    files: Mapping[str, Path]
    counts: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Naming:
    """How a company's tables are named: its layouts in order, and its own words and columns.

    columns  the company's column by `relation.name` or `layout.relation.name`, as a layout's files call them
    words    (list, word, its plain form) of every list of vocabulary.LISTS
    """

    layouts: tuple[Layout, ...]
    columns: tuple[tuple[str, str], ...] = ()
    words: tuple[tuple[str, str, str], ...] = words_of({})

    def has(self, table: str) -> bool:
        """Whether any of the layouts has a file for one of our tables."""
        return any(table in layout.files for layout in self.layouts)

    def columns_of(self, layout: str) -> dict[str, str]:
        """{relation.name: column} for the files of one layout."""
        own = f"{layout}."
        return {
            **{name: column for name, column in self.columns if name.count(".") == 1},
            **{name.removeprefix(own): column for name, column in self.columns if name.startswith(own)},
        }


def shipped_layouts() -> tuple[str, ...]:
    """The names of the layouts that ship."""
    return tuple(sorted(path.parent.name for path in SHIPPED.glob("*/layout.toml")))


def layout_folder(layout: str, beside: Path) -> Path | None:
    """The folder of a layout: one that ships, or one beside gtm.toml; None when there is none."""
    for folder in (SHIPPED / layout, beside / layout):
        if folder.is_dir() and (any(folder.glob("*.sql")) or (folder / "layout.toml").is_file()):
            return folder
    return None


def layout_in(folder: Path) -> Layout:
    """The layout that a folder holds; of the files that it shares with another, its own go before.

    Raises Refused for a layout.toml that cannot be meant, with file, key, value and what is allowed.
    """
    told = _about(folder)
    own = {path.stem: path for path in sorted(folder.glob("*.sql"))}
    other = layout_in(SHIPPED / told["files"]) if "files" in told else None
    counts = {path.stem: path for path in sorted(folder.glob("counts/*.sql"))}
    return Layout(
        folder.name,
        told.get("title", folder.name),
        told.get("kind", "our tables"),
        tuple(told.get("schemas", ())),
        {**(other.files if other else {}), **own},
        {**(other.counts if other else {}), **counts},
    )


def _about(folder: Path) -> dict[str, Any]:
    """What layout.toml says; nothing where there is none."""
    file, about = f"{folder.name}/layout.toml", folder / "layout.toml"
    if not about.is_file():
        return {}
    try:
        told = tomllib.loads(about.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused(f"{file} cannot be read: {(str(error).splitlines() or ['nested too deep'])[0]}") from None
    others = tuple(name for name in shipped_layouts() if name != folder.name)
    allowed: Mapping[str, tuple[Callable[[Any], bool], str]] = {
        "title": (lambda value: isinstance(value, str), "text"),
        "kind": (lambda value: value in KINDS, f"one of {', '.join(KINDS)}"),
        "schemas": (lambda value: isinstance(value, list) and set(map(type, value)) <= {str}, "a list of names"),
        "files": (lambda value: value in others, f"another layout that ships: {', '.join(others)}"),
    }
    for key, value in told.items():
        if key not in allowed:
            raise Refused(f"{file}: {key} is not a key; there are {', '.join(allowed)}")
        holds, meant = allowed[key]
        if not holds(value):
            raise Refused(f"{file}: {key} is {repr(value)[:LONGEST]}; it must be {meant}")
    return told


def naming_of(company: Company) -> Naming:
    """How gtm.toml names the company's tables. Raises Refused, with those that ship, for a layout that is none."""
    layouts = []
    for name in company.layouts:
        folder = layout_folder(name, company.folder)
        if folder is None:
            key = "layout" if len(company.layouts) == 1 else "layouts"
            raise Refused(
                f"gtm.toml: warehouse.{key} is {name!r}; no such folder of .sql files lies beside it, and those that "
                f"ship are {', '.join(shipped_layouts())}"
            )
        layouts.append(layout_in(folder))
    return Naming(tuple(layouts), company.columns, words_of(dict(company.words)))


def naming(layouts: Naming | Path | Iterable[Path]) -> Naming:
    """A folder, or several, as a Naming with the usual words; a Naming as it is."""
    if isinstance(layouts, Naming):
        return layouts
    folders = (layouts,) if isinstance(layouts, Path) else tuple(layouts)
    return Naming(tuple(layout_in(folder) for folder in folders))
