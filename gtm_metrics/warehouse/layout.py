"""A layout's SQL file: its header says what it reads, its body is a static SELECT in exactly those names.

    -- one row per opportunity
    -- reads: opportunity(id, account_id, is_won, loss_reason = loss_reason_c | lost_reason_c ?)
    select ...

Each name is looked up among the warehouse's columns without regard to case, underscores, blanks and signs.
`a = b | c` takes the first of b and c that is there and calls it a; `?` makes a missing one null; `*` hands on
every other column but those that begin with an underscore, which are the connector's own, and `property_*` those that
begin so, by the rest of their names; `relation?(...)` makes a missing relation one without rows; `a | b (...)` reads
the first of the relations a and b that is there, and the body calls it a. `+` in the place of `?`: of the relations,
or names, so marked one must be there, or the file's table is not connected.

A name may state what it is to be read as: `a = b date ?`. The kinds are those of our columns (text, date, instant,
number, integer, boolean), in which the body may compare on any warehouse, and `words`: the text in lower case with
every sign a blank and a blank at either end, to look for a company's words in; the words of an earlier name are
`words_of_a = a words`. `host` is the domain of a web or e-mail address. A candidate `b.c.0.d` is the value at that path
of the JSON that column b holds.

Some relations are there always: `words(list, word, plain)`, the lists of vocabulary.LISTS or gtm.toml's; `our_accounts`
and `our_opportunities`, the rows of ours that are used, under our names; `our_ids(account_id, id)`, every id that an
account goes by, and `our_hosts(account_id, host)`, its domain where it is not one of a mail provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gtm_metrics.warehouse.trouble import WarehouseError

KINDS = ("text", "date", "instant", "number", "integer", "boolean", "words", "host")
"""What a name of a header may be read as."""

OURS = {"our_accounts": "accounts", "our_opportunities": "opportunities"}
"""Relations that hold the rows of our own tables."""
LINKS = {"our_ids": ("account_id", "id"), "our_hosts": ("account_id", "host")}
"""Relations by which another system's rows are brought to our accounts, with their names."""
BUILT_IN = ("words", *OURS, *LINKS)
"""Relations that no warehouse has to hold."""
LONGEST = 80
"""Characters of a file that a refusal repeats."""


@dataclass(frozen=True)
class Wanted:
    """A column a file reads: its name in the body, the candidates in the warehouse, whether it may miss, as what.

    kind      one of KINDS; '' hands it on as it stands
    decisive  of all that are, one must be there for the file's table to be connected
    """

    name: str
    candidates: tuple[str, ...]
    optional: bool
    kind: str = ""
    decisive: bool = False


@dataclass(frozen=True)
class Reads:
    """A relation a file reads: its name in the body, the candidates in the warehouse, and which of its columns.

    `rest` hands on all other columns that begin with one of these texts, without it; an `optional` relation that is not
    there is one without rows; of the `decisive` ones, one must be there.
    """

    relation: str
    candidates: tuple[str, ...]
    columns: tuple[Wanted, ...]
    rest: tuple[str, ...]
    optional: bool
    decisive: bool = False


def normal(name: str) -> str:
    """A name without case, underscores, blanks and signs: how names are compared."""
    return re.sub(r"[\W_]+", "", name.lower())


def snake(name: str) -> str:
    """A warehouse's column name as a plain lower-case one."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name) if not name.isupper() else name
    return re.sub(r"\W+", "_", spaced).strip("_").lower()


def header(text: str, file: str) -> tuple[str, tuple[Reads, ...], str]:
    """Grain, what is read, and the body of a source file. Raises WarehouseError naming the file and the line."""
    lines = text.splitlines()
    comments = []
    while lines and (lines[0].startswith("--") or not lines[0].strip()):
        comments.append(lines.pop(0).removeprefix("--").strip())
    words = " ".join(comment for comment in comments if comment)
    grain = re.match(r"one row per (.+?)(?= reads:|$)", words)
    if not grain:
        raise WarehouseError(f'{file}: the first line must say "-- one row per ..."')
    reads = [_reads(part.strip(), file) for part in words.split("reads:")[1:]]
    if not reads:
        raise WarehouseError(f'{file}: a line "-- reads: table(columns)" must say what it reads')
    return grain.group(1), tuple(reads), "\n".join(lines).rstrip().removesuffix(";")


_COLUMN = re.compile(rf"(\w+)(?:\s*=\s*([\w$.]+(?:\s*\|\s*[\w$.]+)*))?(?:\s+({'|'.join(KINDS)}))?\s*([?+])?")
_REST = re.compile(r"\w*\*(?:\s*\|\s*\w*\*)*")


def _reads(text: str, file: str) -> Reads:
    match = re.fullmatch(r"(\w+(?:\s*\|\s*\w+)*)\s*([?+])?\s*\((.*)\)", text)
    if not match:
        form = "table | other (column, column ?, new = old)"
        raise WarehouseError(f'{file}: "reads: {text[:LONGEST]}" is not of the form {form}')
    relations, optional, inside = match.groups()
    tables = tuple(part.strip() for part in relations.split("|"))
    wanted: list[Wanted] = []
    rest: tuple[str, ...] = ()
    for item in (part.strip() for part in inside.split(",")):
        if _REST.fullmatch(item):
            rest = tuple(part.strip().removesuffix("*") for part in item.split("|"))
            continue
        column = _COLUMN.fullmatch(item)
        if not column:
            form = "name, new = old | older, or with ?"
            raise WarehouseError(f'{file}: "{item[:LONGEST]}" in reads is not of the form {form}')
        name, candidates, kind, missing = column.groups()
        names = tuple(part.strip() for part in candidates.split("|")) if candidates else (name,)
        wanted.append(Wanted(name, names, bool(missing), kind or "", missing == "+"))
    return Reads(tables[0], tables, tuple(wanted), rest, bool(optional), optional == "+")


def asked_for(files: Iterable[Path]) -> frozenset[str]:
    """Every relation that a layout's files read, candidates included, as `normal` writes them."""
    reads = [read for path in files for read in read_by(path)]
    return frozenset(normal(candidate) for read in reads for candidate in read.candidates if candidate not in BUILT_IN)


def read_by(path: Path) -> tuple[Reads, ...]:
    """What one source file reads."""
    return header(text_of(path), f"{path.parent.name}/{path.name}")[1]


def text_of(path: Path) -> str:
    """The text of a source file. Raises WarehouseError naming one that cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise WarehouseError(f"{path.parent.name}/{path.name} cannot be read: {why}") from None


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
