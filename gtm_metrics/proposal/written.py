"""gtm.toml as text: settings by their keys, in the order of SETTINGS, each with a note."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gtm_metrics.company import BY_KEY, SETTINGS, Company
from gtm_metrics.rules import CONSTANTS

TABLES = ("labels", "columns", "words", "edges")
"""Kinds of settings that are a table of their own."""


def gtm_toml(settings: Mapping[str, Any], notes: Mapping[str, str] | None = None, opening: str = "") -> str:
    """A gtm.toml that holds these settings, as `read_company` reads it back.

    settings  values by key: {"warehouse.layouts": ("own",), "segments.edges": {"employees": (50, 200)}}; a value of
              None, and an empty table or list, is left out
    notes     what is said of a key, beside its line or over its table; of one that is left out it is a comment
    opening   the comment at the top

    Raises KeyError for a key that is no setting.
    """
    notes = notes or {}
    for key in (*settings, *notes):
        if key not in BY_KEY:
            raise KeyError(f"{key} is not a setting")
    given = {key: value for key, value in settings.items() if value is not None and value != () and value != {}}
    plain: dict[str, list[str]] = {}
    tables: dict[str, list[str]] = {}
    for key in (setting.key for setting in SETTINGS if setting.key in {**given, **notes}):
        section, name = key.split(".", 1)
        note = f"  # {_one_line(notes[key])}" if key in notes else ""
        if key not in given:
            plain.setdefault(section, []).append(f"# {name}:{note.replace('  #', '')}")
        elif BY_KEY[key].kind in TABLES:
            lines = [note.strip()] if note else []
            lines += [f"{_key(inner)} = {_value(value)}" for inner, value in dict(given[key]).items()]
            tables.setdefault(section, []).extend(["", f"[{key}]", *lines])
        else:
            plain.setdefault(section, []).append(f"{name} = {_value(given[key], BY_KEY[key].kind)}{note}")
    text = [f"# {line}" for line in opening.splitlines()]
    for section in dict.fromkeys(setting.key.split(".")[0] for setting in SETTINGS):
        if section in plain:
            text += ["", f"[{section}]", *plain[section]]
        text += tables.get(section, [])
    return "\n".join(text).strip("\n") + "\n"


def settings_of(company: Company) -> dict[str, Any]:
    """What a company's gtm.toml sets, by key: what differs from the default, and the warehouse and its layouts.

    An address that holds a password, or that does not stand in gtm.toml, is left out.
    """
    labels = {name: dict(pairs) for name, pairs in (("labels", company.labels), ("edges", company.edges))}
    layouts = "warehouse.layout" if len(company.layouts) == 1 else "warehouse.layouts"
    thesis = dict(zip(("dimension", "segment"), company.thesis, strict=True)) if company.thesis else None
    every = {
        "warehouse.url": _address(company) if company.url_from.endswith("warehouse.url") else None,
        layouts: company.layouts[0] if len(company.layouts) == 1 else company.layouts,
        "warehouse.schema": company.schema,
        "warehouse.schemas": dict(company.schemas),
        "warehouse.columns": dict(company.columns),
        "warehouse.words": dict(company.words),
        "warehouse.timeout_seconds": company.timeout_seconds,
        "warehouse.query_tag": company.query_tag,
        "segments.dimensions": tuple(dimension.name for dimension in company.dimensions),
        "segments.labels": labels["labels"],
        "segments.edges": labels["edges"],
        "metrics.won_in_time_weeks": company.won_in_time_weeks,
        "metrics.minimum_trials": company.minimum_trials,
        "metrics.minimum_customer_weeks": company.minimum_customer_weeks,
        "signal.dimensions": company.watched,
        "signal.thesis": thesis,
        **{f"signal.{c.key}": getattr(company.rules, c.key) for c in CONSTANTS},
        "journal.url": company.journal_url if _open(company.journal_url) else "",
        "journal.look_back_weeks": company.look_back_weeks,
        "journal.refresh_wait_seconds": company.refresh_wait_seconds,
        "display.company": company.name,
        "display.currency": company.currency,
        "display.fiscal_year_starts": company.fiscal_year_starts,
        "display.dashboard_url": company.dashboard_url,
        "display.account_url": company.account_url,
        "display.opportunity_url": company.opportunity_url,
        "display.stalled_calls": company.stalled_calls,
        "display.stalled_weeks": company.stalled_weeks,
    }
    always = ("warehouse.url", layouts, "metrics.won_in_time_weeks")
    return {key: value for key, value in every.items() if key in always or value != BY_KEY[key].default}


def _address(company: Company) -> str | None:
    """The warehouse's URL as gtm.toml has it: a file from its folder; None where it holds what nobody else may see."""
    folder = f"duckdb:///{company.folder.absolute()}/"
    if company.url.startswith(folder):
        return "duckdb:///" + company.url.removeprefix(folder)
    return company.url if _open(company.url) else None


def _open(url: str) -> bool:
    """Whether an address holds no secret."""
    try:
        parsed = sa.make_url(url) if url else None
    except (sa.exc.ArgumentError, ValueError):
        return False
    return parsed is None or (not parsed.password and not parsed.query)


def _value(value: Any, kind: str = "") -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(inner) for inner in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 and kind != "number" else repr(value)
    if isinstance(value, int):
        return str(value)
    # JSON's text is TOML's, but for one control character
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _one_line(text: str) -> str:
    """Text within one comment, without the control characters that TOML does not allow there."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)
