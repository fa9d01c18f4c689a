"""Whether a value can be meant: refused with file, key, value, allowed range and meaning where it cannot."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import Any

from gtm_metrics.company.settings import SECRET, Setting
from gtm_metrics.vocabulary import BY_NAME as WORD_LISTS

_ROOT = re.compile(r"https?://[^\s/?#()]+[^\s?#()]*")
_PERSON = re.compile(r"\*|group:\S.*|[^@\s]*@[^@\s]+")


class Refused(ValueError):
    """What a user gave cannot be used; the text names file, key, value, allowed range and meaning."""


def checked(file: str, setting: Setting, value: Any) -> Any:
    """The value in the setting's own type: whole numbers as int, others as float, lists as tuples. Raises Refused, with
    file, key, value, allowed range and meaning, where it is of another kind or out of range."""

    def refuse(allowed: str) -> Refused:
        # a warehouse's URL may hold a password, in whatever form it was written
        shown = "something else" if setting.key in SECRET else repr(value)
        return Refused(f"{file}: {setting.key} is {shown}; it must be {allowed} ({setting.meaning}).")

    if setting.kind == "integer":
        low, high = int(setting.low or 0), int(setting.high or 0)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise refuse(f"a whole number of {setting.unit} from {low:,} to {high:,}")
    elif setting.kind in ("number", "numbers"):
        several = setting.kind == "numbers"
        numbers = list(value) if several and isinstance(value, list | tuple) else [value]
        if not numbers or not all(_within(setting, number) for number in numbers):
            kind = "a list of numbers" if several else "a number"
            raise refuse(f"{kind} ({setting.unit}) from {setting.low:g} to {setting.high:g}")
        value = tuple(float(number) for number in numbers) if several else float(value)
    elif setting.kind == "text":
        if not isinstance(value, str):
            raise refuse("text")
        if setting.key == "display.dashboard_url" and value and not _ROOT.fullmatch(value):
            raise refuse("an http(s) address without ?, # and brackets")
        field = setting.key.removeprefix("display.").removesuffix("_url")
        is_link = setting.key in ("display.account_url", "display.opportunity_url") and value != ""
        if is_link and ("{" + field + "_id}" not in value or not value.startswith(("https://", "http://"))):
            raise refuse(f"an http(s) address that holds {{{field}_id}}")
    elif setting.kind == "names":
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) and v for v in value):
            raise refuse("a list of column names")
        if len(set(value)) != len(value):
            raise refuse("a list that names each column once")
        value = tuple(value)
    elif setting.kind == "phrases":
        if not _is_words(value) or not all(any(letter.isalnum() for letter in phrase) for phrase in value):
            raise refuse('a list of words, such as ["spreadsheet", "in-house"]')
        value = tuple(value)
    elif setting.kind == "people":
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) and _PERSON.fullmatch(v) for v in value):
            raise refuse('a list of addresses, "@domain", "group:name" or "*"')
        value = tuple(value)
    elif setting.kind == "switch":
        if not isinstance(value, bool):
            raise refuse("true or false")
    elif setting.kind == "labels":
        if not isinstance(value, dict) or not all(isinstance(v, str) and v for v in value.values()):
            raise refuse('a table of column = "words"')
    elif setting.kind == "columns":
        # a dotted key without quotes is a table within a table
        value = _dotted(value) if isinstance(value, dict) else value
        if not isinstance(value, dict) or not all(isinstance(v, str) and v and "." in k for k, v in value.items()):
            raise refuse('a table of "relation.name" = "column"')
    elif setting.kind == "words":
        if not isinstance(value, dict) or not all(_is_words(v) for v in value.values()):
            raise refuse('a table of list = ["word", "phrase"]')
        for name in value:
            if name not in WORD_LISTS:
                raise Refused(f"{file}: {setting.key}.{name} is no list; there are {', '.join(WORD_LISTS)}.")
        value = {name: tuple(words) for name, words in value.items()}
    elif setting.kind == "edges":
        if not isinstance(value, dict) or not all(_rising(v) for v in value.values()):
            raise refuse("a table of column = [numbers that rise]")
        value = {name: tuple(float(edge) for edge in edges) for name, edges in value.items()}
    elif setting.kind == "thesis":
        if not isinstance(value, dict) or (value and set(value) != {"dimension", "segment"}):
            raise refuse('a table of dimension = "column" and segment = "value"')
        if not all(isinstance(v, str) and v for v in value.values()):
            raise refuse('a table of dimension = "column" and segment = "value"')
        value = (value["dimension"], value["segment"]) if value else None
    return value


def _dotted(table: dict[str, Any]) -> dict[str, Any]:
    """{a: {b: c}} as {a.b: c}, however deep."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        inner = _dotted(value) if isinstance(value, dict) else {"": value}
        flat.update({f"{key}.{name}".rstrip("."): held for name, held in inner.items()})
    return flat


def _is_words(words: object) -> bool:
    return isinstance(words, list | tuple) and all(isinstance(word, str) and word.strip() for word in words)


def _within(setting: Setting, number: object) -> bool:
    if not isinstance(number, int | float) or isinstance(number, bool) or not math.isfinite(number):
        return False
    return (setting.low is None or number >= setting.low) and (setting.high is None or number <= setting.high)


def _rising(edges: object) -> bool:
    if not isinstance(edges, list | tuple) or not edges:
        return False
    if not all(isinstance(e, int | float) and not isinstance(e, bool) and math.isfinite(e) for e in edges):
        return False
    return all(a < b for a, b in pairwise(edges))
