"""Best-fit customers in sentences: the finding, what the worst share, the recipe, and what a chart holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gtm_metrics import customers
from gtm_metrics.customers import Held, Loved
from gtm_metrics.estimates.concordance import concordance
from gtm_metrics.measures.value import BackTest, Grouped
from gtm_metrics.measures.value.parts import MONTHS, PARTS
from gtm_metrics.words.findings import NAME_WORDS, Voice
from gtm_metrics.words.numbers import count, day, percent, times
from gtm_metrics.words.plain import enumerated, escaped, named, plain

Labels = Mapping[str, str]


def overline(told: Grouped, markdown: bool = True) -> str:
    """The small line over the title."""
    n = sum(told.tiers.values())
    return f"Best-fit customers · {count(n, 'customer')} of the last {MONTHS} months · as of {day(told.question.as_of)}"


def title(told: Grouped, found: pd.DataFrame, held: Sequence[Held], labels: Labels, markdown: bool = True) -> str:
    """The finding in at most fifteen words; the attribute is named where there is room."""
    voice, tiers = Voice(markdown), told.tiers
    n, best = sum(tiers.values()), tiers["best"] + tiers["next best"]
    if told.missing or not n:
        return "No customer can be scored yet: nobody has paid" if not told.missing else "No customer can be scored yet"
    shared = customers.shared(found, "best")
    if len(shared):
        row = shared.iloc[0].to_dict()
        inside, outside = percent(row["in_tier"] / row["tier_size"], 0), percent(row["n"] / row["customers"], 0)
        label, name = voice.text(" × ".join(_names(row, labels))), _short(row, voice)
        named = f"{label} {name}" if len(f"{label} {name}".split()) <= NAME_WORDS else name
        return f"{named}: {inside} of the best customers, {outside} of all"
    if best < customers.READ_BELOW:
        ten = next((each for each in held if each.percent == 10 and each.share is not None), None)
        some = max(best, 1)
        pays = f" {'pays' if some == 1 else 'pay'} {percent(ten.share, 0)} of MRR" if ten else ""
        return f"{some:,} of {count(n, 'customer')}{pays}: read them one by one"
    tried = int(found["tried"].iloc[0]) if len(found) else 0
    return f"Nothing sets the best {best:,} of {n:,} customers apart: {count(tried, 'trait')} tried"


def paragraph(
    told: Grouped,
    found: pd.DataFrame,
    held: Sequence[Held],
    labels: Labels,
    markdown: bool = True,
    brief: bool = False,
) -> str:
    """The finding in sentences a board member follows; `brief` for a page that lists no accounts."""
    voice, tiers = Voice(markdown), told.tiers
    n, best = sum(tiers.values()), tiers["best"] + tiers["next best"]
    if told.missing or not n:
        return f"{voice.text(told.missing)}." if told.missing else f"Nobody has paid within the last {MONTHS} months."
    ten = next((each for each in held if each.percent == 10 and each.share is not None), None)
    pay = f" and pay {voice.number(percent(ten.share, 0))} of MRR" if ten and ten.share is not None else ""
    parts = []
    if best:
        parts.append(f"The best tenth are {voice.number(f'{best:,}')} of {voice.number(f'{n:,}')} customers{pay}.")
    if best < customers.READ_BELOW:
        here = "" if brief else " and each stands here with what is known of it"
        parts.append(
            f"They are fewer than {customers.READ_BELOW}: what so few have in common may be luck, so nothing is "
            f"compared{here}."
        )
        return " ".join(parts)
    shared = customers.shared(found, "best")
    for row in shared.head(2).to_dict("records"):
        here, all_of_them = (
            voice.number(f"{row[part]:,} of {row[whole]:,}")
            for part, whole in (("in_tier", "tier_size"), ("n", "customers"))
        )
        parts.append(
            f"{_short(row, voice)} ({_label(row, labels, voice)}) is {voice.number(times(row['lift']))} as frequent "
            f"among them as among all: {here} against {all_of_them}."
        )
    tried = int(found["tried"].iloc[0]) if len(found) else 0
    if len(shared) == 0:
        parts.append("No trait is so much more frequent among them than among all that luck could not have done it.")
    parts.append(
        f"{count(tried, 'trait')} tried on both sides: of those told, one in ten at most is expected to be luck."
    )
    return " ".join(parts)


def tried(found: pd.DataFrame) -> str:
    """How many traits were tried on both sides, and how many of them luck could hardly have given."""
    there = found[found["p"].notna()]
    told = int((there["status"] == customers.FOUND).sum())
    pairs = bool((there["attribute_2"] != "").any())
    return (
        f"{count(len(there), 'pair' if pairs else 'trait')} tried, on both sides, of those that {customers.LEAST} "
        f"customers or more have; told where q is at most {customers.Q:g}: {told:,}."
    )


def negative(found: pd.DataFrame, labels: Labels, worst: int, markdown: bool = True) -> str:
    """The negative persona: what the worst tenth share, in a sentence."""
    voice = Voice(markdown)
    if worst < customers.READ_BELOW:
        few = "nobody is" if worst == 0 else "one account is" if worst == 1 else f"{worst:,} accounts are"
        return f"Too few for a negative persona: {few} in the worst tenth. Read them by name."
    shared = customers.shared(found, "worst")
    if shared.empty:
        return (
            f"Nothing sets the worst {worst:,} apart that luck could not: there is no negative persona to warn of yet."
        )
    told = [
        f"{_short(row, voice)} ({_label(row, labels, voice)}; {times(row['lift'])} as frequent as among all, "
        f"{row['in_tier']:,} of {row['tier_size']:,})"
        for row in shared.head(3).to_dict("records")
    ]
    return f"Think twice about {', '.join(told)}."


def small_but_loved(each: Loved, labels: Labels) -> str:
    """A segment too small to measure: who it is and how many of them are among the best. No rate."""
    label = escaped(labels.get(each.attribute, each.attribute))
    return f"**{escaped(each.value)}** ({label}): {each.best:,} of its {count(each.n, 'customer')} in the best tenth"


def recipe(told: Grouped) -> list[str]:
    """The recipe in sight: each part with its weight here and what it is, then what is missing and why."""
    lines = []
    for part in PARTS:
        if part.name in told.recipe.weights:
            inputs = "; ".join(each.definition for each in told.recipe.inputs(part))
            lines.append(f"**{part.label}** {percent(told.recipe.weights[part.name], 0)}: {inputs}.")
    names = {part.name: part.label for part in PARTS} | {each.name: each.label for p in PARTS for each in p.inputs}
    parts = {part.name for part in PARTS}
    whole = [name for name in told.recipe.missing if name in parts]
    inside = {each.name for part in PARTS if part.name in whole for each in part.inputs}
    for name, why in told.recipe.missing.items():
        if name not in inside or name in whole:
            kept = "the weights of the others are rescaled" if name in whole else "the rest of its part stands for it"
            lines.append(f"{names[name]} is left out, and {kept}: {escaped(why)}.")
    if told.unscored:
        lines.append(f"{count(told.unscored, 'customer')} without a single part known: not scored.")
    return lines


READING = {
    "lifts": "Dot: share of the tenth that has the trait over the share of all that has it; bar: 95 % interval; line: "
    "as frequent as among all. Green circle: more frequent among the best; rust diamond: among the worst; hollow: "
    "cannot be told apart.",
    "curve": "Share of MRR held by the first customers, in order of score and in order of what they pay.",
}


def footnote(told: Grouped, found: pd.DataFrame, reading: str) -> str:
    """Definition, n, period, as of: what travels with the chart."""
    n, tried = sum(told.tiers.values()), int(found["tried"].iloc[0]) if len(found) else 0
    parts = [f"{each.label.lower()} {percent(told.recipe.weights[each.name], 0)}" for each in told.recipe.parts]
    asked = f"{count(tried, 'trait')} with {customers.LEAST} customers or more tried" if reading == "lifts" else ""
    corrected = f"; told where q is at most {customers.Q:g} (exact p, Benjamini-Hochberg)." if asked else ""
    return " ".join(
        part
        for part in (
            READING[reading],
            asked + corrected,
            f"Score: mean of percentile ranks ({', '.join(parts)}).",
            f"n = {count(n, 'customer')} who paid in the {MONTHS} months to {day(told.question.as_of)}.",
            f"As of {day(told.question.as_of)}, attributes as of today.",
        )
        if part
    )


def lifts_described(rows: Sequence[Mapping[str, Mapping[Any, Any]]], labels: Labels) -> str:
    """The chart of traits in words."""
    said = []
    for sides in rows:
        row = next(iter(sides.values()))
        each = "; ".join(
            f"{side} {times(one['lift'])}, {one['in_tier']} of {one['tier_size']}" for side, one in sides.items()
        )
        said.append(f"{named(full_name(row, labels))}: {each}")
    return f"Traits beside all customers. {enumerated(said, '. ')}." if said else "No trait could be tried."


def curve_described(held: Mapping[str, Sequence[Held]]) -> str:
    """The curve of value in words."""
    names = {"score": "by score", "mrr": "by what they pay"}
    said = [
        f"the first {each.percent} % {names[order]} ({each.n:,}) hold {percent(each.share, 0)} of MRR"
        for order, several in held.items()
        for each in several
        if each.share is not None
    ]
    return f"Who holds the revenue: {'; '.join(said)}." if said else "No MRR is on record: 0 customers pay."


def full_name(row: Mapping[Any, Any], labels: Labels) -> str:
    """A trait by name, as plain text: "Buying team: Operations"."""
    first = f"{plain(labels.get(row['attribute'], row['attribute']))}: {plain(row['value'])}"
    if not row["attribute_2"]:
        return first
    return f"{first} × {plain(labels.get(row['attribute_2'], row['attribute_2']))}: {plain(row['value_2'])}"


def _short(row: Mapping[Any, Any], voice: Voice) -> str:
    return (
        voice.name(row["value"], 3) if not row["attribute_2"] else voice.name(f"{row['value']} × {row['value_2']}", 3)
    )


def _names(row: Mapping[Any, Any], labels: Labels) -> list[str]:
    return [labels.get(row[name], row[name]) for name in ("attribute", "attribute_2") if row[name]]


def _label(row: Mapping[Any, Any], labels: Labels, voice: Voice) -> str:
    text = voice.text(" × ".join(_names(row, labels)))
    return text[:1].lower() + text[1:]


LEAST_LEFT = 10
"""Customers who stayed, and who left, from which a back-test has a number."""


def back_test(tested: BackTest) -> str:
    """Whether the score of a year ago knew who would stay: one number with its interval, or why there is none."""
    stayed, left = tested.stayed.n, tested.left.n
    then = day(tested.then)
    if not stayed + left:
        return f"Back-test: nobody paid on {then}, so there is no score of a year ago to hold against what came."
    counts = f"of the {count(stayed + left, 'customer')} of {then}, {stayed:,} still pay and {left:,} left"
    found = concordance(tested.stayed, tested.left)
    if found is None or min(stayed, left) < LEAST_LEFT:
        return f"Back-test: {counts}. Too few for a number ({LEAST_LEFT} of each are needed)."
    low, high = percent(found.low, 0), percent(found.high, 0)
    says = "It knew" if found.low > 0.5 else "It knew the wrong way round" if found.high < 0.5 else "It may be luck"
    return (
        f"Back-test: {counts}. Of one who stayed and one who left, the one who stayed had the higher score that day in "
        f"**{percent(found.estimate, 0)}** of all pairs (95 % interval {low} to {high}, DeLong; luck gives 50 %). "
        f"{says}."
    )


RANKS = (
    "Score and parts are percentile ranks among the customers: 100 stands above all others, those alike share the "
    "middle of their places. An empty part is not known of that account, and its weight goes to the others."
)
LOVED = (
    "Segments with fewer customers than the minimum, but twice their share of the best tenth. Of many small segments "
    "some look like this by luck: no rate and no claim, but names worth a call."
)
NOBODY_LOVED = "No segment below the minimum has twice its share of the best tenth."
TIERS = (
    "Best: the first 1 % by score, at least one; next best: up to 10 %; worst: the last 10 %. Of equal scores the "
    "account whose id comes first stands before. Weights: [value] in gtm.toml."
)


def hell(in_all: int, shown: int) -> str:
    """What marks a customer from hell, and how many there are."""
    what = (
        "In the worst tenth of customers on at least two of four: discount given, tickets a month, touches and calls "
        "spent to win them, short life (of those who left). Given, never caused."
    )
    if not in_all:
        return f"Nobody. {what}"
    more = f", {shown:,} of them here" if in_all > shown else ""
    return f"{count(in_all, 'customer')}{more}. {what}"
