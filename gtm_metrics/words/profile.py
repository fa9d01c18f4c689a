"""A profile and the accounts that look like it, in words: the sentence, what speaks for each, who is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gtm_metrics.measures import Rule
from gtm_metrics.words.numbers import count, day
from gtm_metrics.words.plain import escaped, plain

Labels = Mapping[str, str]


def sentence(rules: Sequence[Rule], labels: Labels) -> str:
    """The rules as one sentence of plain text: "Buying team is Operations or Finance, and Industry is Retail"."""
    told = [f"{plain(labels.get(rule.dimension, rule.dimension))} is {_any(rule.segments)}" for rule in rules]
    return ", and ".join(told)


def _any(segments: Sequence[str]) -> str:
    named = [plain(one) for one in segments]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"


def reasons(row: Mapping[Any, Any], labels: Labels, names: bool = True) -> list[str]:
    """What speaks for an account, the strongest first, as plain text; at least what of the profile it meets.

    Without `names` who referred it is not called by name.
    """
    told = []
    if row["referred_by"]:
        told.append(f"referred by {plain(row['referred_by']) if names else 'another account'}")
    if _there(row["came_on"]):
        told.append(f"reached out by itself on {day(row['came_on'])}")
    if _there(row["answered_on"]):
        told.append(f"answered on {day(row['answered_on'])}")
    if row["no_decision"]:
        told.append("its last deal ended in no decision")
    fits = [f"{plain(labels.get(name, name))}: {plain(value)}" for name, value in row["segments"]]
    return [*told, *fits]


def _there(value: Any) -> bool:
    return value is not None and value == value


def who_is_left(counts: Mapping[str, int], listed: int) -> str:
    """Of those that fit, how many are left and why the others are not, as Markdown; the numbers add up."""
    if not counts:
        return ""
    fit, left = counts["fit"], counts["left"]
    if not fit:
        return "No account fits the profile."
    others = {
        "paid": "already paid",
        "open_deal": "have an open deal",
        "lost_lately": "were lost in the last 26 weeks",
        "on_list": "are on a list",
        "unwanted": "fit the negative profile too",
    }
    gone = [f"{counts[name]:,} {said}" for name, said in others.items() if counts.get(name)]
    told = f"{count(fit, 'account')} fit; " + (f"{', '.join(gone)}; " if gone else "") + f"{left:,} left to win"
    return f"{told}, of which the {listed:,} most promising are named." if listed < left else f"{told}."


def to_call(left: int, rules: Sequence[Rule], labels: Labels, kept: bool) -> str:
    """How many look-alikes are left to win, and by which profile, as Markdown."""
    whose = "the profile" if kept else "what the best customers share"
    by = f"{whose} ({escaped(sentence(rules, labels))})"
    return f"**Look-alikes to call:** {count(left, 'account')} left to win by {by}."


def kept(row: Mapping[str, Any]) -> str:
    """A kept profile as Markdown: sentence, version, who, when and why."""
    head = f"**{escaped(row['sentence'])}**"
    return f"{head}. Version {row['version']}, kept by {escaped(row['who'])} on {day(row['on'])}: {escaped(row['why'])}"


EVIDENCE = {"ideal": "Evidence and versions", "negative": "Evidence and versions of the negative profile"}


def not_wanted(row: Mapping[str, Any]) -> str:
    """A kept negative profile as Markdown."""
    return f"Not wanted: {kept(row)}"


def evidence(row: Mapping[str, Any]) -> str:
    """What stands behind a kept profile, as Markdown: what is told of its traits, as they were counted that day."""
    if not row["evidence"]:
        return f"On {day(row['on'])} no trait of its attributes was counted among customers."
    first = row["evidence"][0]
    return (
        f"What stood behind version {row['version']} on {day(row['on'])}: its traits among the best and the worst "
        f"tenth beside all {count(first['customers'], 'customer')} of that day; q is corrected for the "
        f"{count(first['tried'], 'trait')} tried."
    )


def suggested(rules: Sequence[Rule], labels: Labels) -> str:
    """What the data suggest as a profile, as Markdown, while nobody kept one."""
    return (
        f"Nobody has kept a profile yet. The data suggest **{escaped(sentence(rules, labels))}**: what the best tenth "
        "shares. Keep it, or one of your own, and the open deals outside it stand among the week's things to do."
    )


NO_PROFILE = (
    "Nobody has kept a profile yet, and nothing sets the best tenth apart that a profile could be made of. Keep one of "
    "your own: choose the segments you want to sell to."
)
