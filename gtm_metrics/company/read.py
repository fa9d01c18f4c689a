"""Reads gtm.toml into a Company, and refuses what it cannot mean."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from gtm_metrics.access import Access
from gtm_metrics.company.checked import Refused, checked
from gtm_metrics.company.meant import Company, watched_names
from gtm_metrics.company.settings import BY_KEY, LIMITS, SETTINGS, WEIGHTS
from gtm_metrics.connections import url_in_secrets
from gtm_metrics.market_rules import BENEFIT, EASE, MarketRules
from gtm_metrics.question import NOT_SET
from gtm_metrics.rules import CONSTANTS, Rules


def read_company(path: Path, environ: Mapping[str, str] | None = None) -> Company:
    """gtm.toml at `path` as a Company; a missing file means every default.

    Raises Refused naming file, key, value and allowed range.
    """
    environ = os.environ if environ is None else environ
    given: dict[str, Any] = {}
    if path.exists():
        try:
            given = _flat(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Refused(f"{path.name}: not a TOML file: {error}") from error
        except OSError as error:
            raise Refused(f"{path}: cannot be read: {error.strerror}") from error
    for key in given:
        if key not in BY_KEY:
            near = difflib.get_close_matches(key, BY_KEY, 1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(BY_KEY)}"
            raise Refused(f"{path.name}: {key} is not a setting{hint}")
    value = {s.key: checked(path.name, s, given.get(s.key, s.default)) for s in SETTINGS}
    if "warehouse.layout" in given and "warehouse.layouts" in given:
        raise Refused(f"{path.name}: warehouse.layout and warehouse.layouts are both given; name all layouts in one")
    layouts = value["warehouse.layouts"] if "warehouse.layouts" in given else (value["warehouse.layout"],)
    if not layouts:
        raise Refused(f"{path.name}: warehouse.layouts is empty; it must name at least one layout, such as own")
    for name in value["warehouse.schemas"]:
        if name not in layouts:
            raise Refused(
                f"{path.name}: warehouse.schemas names {name!r}, which is no layout of warehouse.layouts; "
                f"there are {', '.join(layouts)}"
            )
    url, url_from = _warehouse_url(path, value["warehouse.url"], environ)
    labels = dict(value["segments.labels"])
    edges = dict(value["segments.edges"])
    plain = Company(
        url=url,
        layouts=layouts,
        schema=value["warehouse.schema"],
        timeout_seconds=value["warehouse.timeout_seconds"],
        dimensions=(),
        won_in_time_weeks=value["metrics.won_in_time_weeks"],
        minimum_trials=value["metrics.minimum_trials"],
        minimum_customer_weeks=value["metrics.minimum_customer_weeks"],
        name=value["display.company"],
        currency=value["display.currency"],
        fiscal_year_starts=value["display.fiscal_year_starts"],
        dashboard_url=value["display.dashboard_url"],
        account_url=value["display.account_url"],
        opportunity_url=value["display.opportunity_url"],
        stalled_calls=value["display.stalled_calls"],
        stalled_weeks=value["display.stalled_weeks"],
        folder=path.parent,
        labels=tuple(sorted(labels.items())),
        edges=tuple(sorted(edges.items())),
        watched=value["signal.dimensions"],
        thesis=value["signal.thesis"],
        rules=_rules(path.name, {c.key: value[f"signal.{c.key}"] for c in CONSTANTS}),
        status_quo=value["alternatives.status_quo"],
        journal_url=value["journal.url"],
        look_back_weeks=value["journal.look_back_weeks"],
        schemas=tuple(sorted(value["warehouse.schemas"].items())),
        columns=tuple(sorted(value["warehouse.columns"].items())),
        words=tuple(sorted(value["warehouse.words"].items())),
        weights=tuple((name, value[f"value.{name}"]) for name, _, _ in WEIGHTS),
        markets=MarketRules(
            value["markets.content_channels"],
            value["markets.down_at"],
            tuple((name, value[f"markets.ease_{name}"]) for name, _, _ in EASE),
            tuple((name, value[f"markets.benefit_{name}"]) for name, _, _ in BENEFIT),
            value["metrics.minimum_trials"],
            value["metrics.minimum_customer_weeks"],
            value["alternatives.status_quo"],
        ),
        limits=tuple((name, value[f"criteria.{name}"]) for name, *_ in LIMITS),
        query_tag=value["warehouse.query_tag"],
        load_seconds=value["warehouse.load_seconds"],
        profile_hours=value["warehouse.profile_hours"],
        patience_seconds=value["warehouse.patience_seconds"],
        kept_answers_mb=value["warehouse.kept_answers_mb"],
        refresh_wait_seconds=value["journal.refresh_wait_seconds"],
        access=Access(**{f.name: value[f"access.{f.name}"] for f in fields(Access)}),
        url_from=url_from,
    )
    dimensions = tuple(plain.dimension(name) for name in value["segments.dimensions"])
    company = Company(**{**plain.__dict__, "dimensions": dimensions})
    _refuse_thesis(path.name, company)
    _refuse_no_weight(path.name, "value.", company.weights)
    _refuse_no_weight(path.name, "markets.ease_", company.markets.ease)
    _refuse_no_weight(path.name, "markets.benefit_", company.markets.benefit)
    return company


def _refuse_no_weight(file: str, prefix: str, weights: tuple[tuple[str, float], ...]) -> None:
    """Raises Refused where every part of a score weighs nothing."""
    if not any(weight for _, weight in weights):
        named = ", ".join(f"{prefix}{name}" for name, _ in weights)
        raise Refused(f"{file}: {named} are all 0; at least one must be above 0, up to 100 (what a score is made of).")


def _refuse_thesis(file: str, company: Company) -> None:
    """Raises Refused for a thesis that could never be judged, as far as gtm.toml alone can tell."""
    if company.thesis is None:
        return
    dimension, segment = company.thesis
    watched, bands = watched_names(company), company.dimension(dimension).bands()
    if watched and dimension not in watched:
        raise _refused(file, "signal.thesis.dimension", dimension, f"a watched dimension: {', '.join(watched)}")
    if bands and segment not in bands:
        raise _refused(file, "signal.thesis.segment", segment, f"one of its edges' segments: {'; '.join(bands)}")
    if segment == NOT_SET:
        raise _refused(file, "signal.thesis.segment", segment, "a segment that can win")


def _refused(file: str, key: str, value: str, allowed: str) -> Refused:
    meaning = BY_KEY[key.rsplit(".", 1)[0]].meaning
    return Refused(f"{file}: {key} is {value!r}; it must be {allowed} ({meaning}).")


def _warehouse_url(path: Path, written: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The warehouse's URL and where it stands: GTM_WAREHOUSE, else secrets.toml, else what gtm.toml has written.

    Streamlit's secrets lie in the folder it runs in; a company's own, beside its gtm.toml, go before those.
    """
    if environ.get("GTM_WAREHOUSE"):
        return _absolute(environ["GTM_WAREHOUSE"], path.parent), "GTM_WAREHOUSE"
    try:
        found = url_in_secrets((path.parent.absolute(), Path.cwd()))
    except ValueError as wrong:
        raise Refused(str(wrong)) from None
    url, where = found or (written, f"{path.name}: warehouse.url")
    return _absolute(url, path.parent), where


def _rules(file: str, constants: dict[str, Any]) -> Rules:
    """The signal's constants together; what each allows alone may still not go together."""
    try:
        return Rules(**constants)
    except ValueError as wrong:
        raise Refused(f"{file}: {wrong}") from wrong


def _flat(toml: dict[str, Any]) -> dict[str, Any]:
    """{section: {key: value}} as {section.key: value}; tables below a key stay whole."""
    flat: dict[str, Any] = {}
    for section, body in toml.items():
        if isinstance(body, dict):
            flat.update({f"{section}.{key}": value for key, value in body.items()})
        else:
            flat[section] = body
    return flat


def _absolute(url: str, folder: Path) -> str:
    """A relative DuckDB or SQLite path starts at gtm.toml's folder, wherever the process runs."""
    for scheme in ("duckdb:///", "sqlite:///"):
        rest = url.removeprefix(scheme)
        if rest != url and rest and not rest.startswith(("/", ":")):
            return scheme + str((folder / rest).absolute())
    return url
