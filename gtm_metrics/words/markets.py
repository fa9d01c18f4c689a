"""Which pin falls next, in sentences: the numbers why, what would change the order, and how far to trust it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias

from gtm_metrics.markets import (
    BY_DECISION,
    BY_LUCK,
    BY_PIN,
    BY_SIGNAL,
    CLOSE,
    CONVERTING,
    EARLY,
    FEW,
    MARKET,
    NO_TIES,
    UNKNOWN,
    Alley,
)
from gtm_metrics.words.numbers import count, day, days, listed, percent
from gtm_metrics.words.plain import escaped, plain, shortened_words

Row: TypeAlias = Mapping[Hashable, Any]
Voice = Callable[[object], str]

QUESTIONS = {
    "untargeted": "Came without being targeted",
    "value": "Found value",
    "custom_work": "Asked for custom work, with budget",
    "authority": "Sought us out for authority",
    "knowledge": "Knowledge gained",
    "recommended": "Recommended from outside",
}
"""The six questions, as a heading of each."""

PARTS = {
    "inbound": "came by themselves",
    "outbound": "of our outbound touches went there",
    "churn": "monthly churn",
    "nps": "NPS",
    "engagement": "engagement",
    "score": "value score",
    "asked": "of the new deals",
    "content": "of the inbound touches by content",
    "decided": "decided deals",
    "calls": "calls held",
    "outside": "brought by other markets' customers",
    "head": "brought by the head pin's customers",
}
"""What a number of an answer says, behind it."""

SAYS_SO = {
    BY_PIN: "put in front by people",
    BY_DECISION: "by the decision to tighten on it",
    BY_SIGNAL: "by the signal; nobody has decided yet",
    "": "",
}
"""Who made a pin the head pin."""

WHY_WEAK = {
    NO_TIES: "hardly anything ties these markets to one another",
    BY_LUCK: "who brings whom may be luck",
    CLOSE: "a little luck would put another first",
    FEW: "little is known of the first",
}
"""Why an order is weak."""

CARRIES = {
    "response_rate": "response",
    "calls_to_understanding": "calls to understanding",
    "won_in_time": "wins in time",
    "reached_opportunity": "opportunities reached",
    "advanced": "deals advanced",
}
"""What a market outside the target is better at."""

UNKNOWN_MARK = "?"
"""An answer that cannot be given: no data is not zero."""

LONGEST_TITLE = 15
"""Words, a number and its sign being two."""

EMPTY = "No market to set beside another"
TOO_EARLY = "No head pin is named. Too early to say which market falls first"


def title(found: Alley, voice: Voice = escaped) -> str:
    """Finish DTC first: 38 % of the 40 % that fells a pin. Then B2B SaaS; "38 % are customers" where no size of its
    market is given, as the footnote says. Names are cut where it grows too long."""
    told = _title(found, voice, 4)
    return told if len(told.split()) <= LONGEST_TITLE else _title(found, voice, 2)


def _title(found: Alley, voice: Voice, most: int) -> str:
    """The title with names of at most so many words."""
    following = _name(found.next, voice, most) if found.next and _speaks(found, found.next) else ""
    weak = "perhaps " if found.weak and not found.overruled else ""
    if found.head is None:
        if not following:
            return TOO_EARLY if found.next else EMPTY
        return f"No head pin is named. {_first_word(weak)}{following} would fall first"
    head = _name(found.head, voice, most)
    if found.head in found.fallen:
        return f"{head} is down. {_first_word(weak)}{following} falls next" if following else f"{head} is down"
    row = found.pin(found.head)
    share = "" if row["share"] is None else percent(row["share"], 0)
    if not share:
        told = f"Finish {head} first"
    elif row["share_of"] == MARKET:
        told = f"Finish {head} first: {share} of the {percent(found.down_at, 0)} that fells a pin"
    else:
        told = f"Finish {head} first: {share} are customers"
    return f"{told}. Then {weak}{following}" if following else told


def _speaks(found: Alley, segment: str) -> bool:
    """Whether anything speaks for a pin's place: people, or a score above nothing."""
    return found.overruled is not None or float(found.pin(segment)["score"]) > 0


def paragraph(found: Alley, voice: Voice = escaped) -> str:
    """Why the next is next, what would change it, how far it holds, and what is parked meanwhile."""
    parts = []
    if found.head is None:
        parts.append("Nobody put a pin in front, nobody decided to tighten, and no segment leads by the signal.")
    if found.overruled:
        parts.append(_overruled(found, voice))
    first = found.evidence_next
    if first is not None and found.pin(first)["score"] == 0:
        parts.append("No market's response, deals or ties speak for it yet, so none comes before another.")
        first = None
    if first is not None:
        parts += [why_next(found, voice), would_change(found, voice)]
    if found.weak:
        parts.append(f"The order is weak: {'; '.join(WHY_WEAK[each] for each in found.weak)}.")
    elif found.holds is not None and first is not None:
        parts.append(f"Counts drawn anew keep {_name(first, voice)} first in {100 * found.holds:.0f} of 100.")
    if found.parked and found.head is not None and found.head not in found.fallen:
        parts.append(
            f"Until {_name(found.head, voice)} falls, {count(found.parked, 'request')} from the other pins "
            f"{'is' if found.parked == 1 else 'are'} parked, not chased."
        )
    return " ".join(part for part in parts if part)


def why_next(found: Alley, voice: Voice = escaped) -> str:
    """B2B SaaS scores highest, 0.35 for ease times 0.14 for benefit: it leans on the head pin (4 referrals) ..."""
    if found.evidence_next is None:
        return ""
    row = found.pin(found.evidence_next)
    name = _name(found.evidence_next, voice)
    told = f"**{name}** scores highest, {row['ease']:.2f} for ease times {row['benefit']:.2f} for benefit"
    reasons = []
    if row["leans_on"]:
        tie = found.tie(found.evidence_next, row["leans_on"])
        leans = _name(row["leans_on"], voice)
        reasons.append(f"it leans on {leans} ({tie_words(tie) if tie else 'tied'})")
    if row["left"] is not None:
        reasons.append(f"it has {count(row['left'], 'account')} left to win")
    if row["opens"]:
        doors = [_name(name, voice) for name in row["opens"]]
        reasons.append(f"it opens {listed(doors)}")
    return f"{told}: {listed(reasons)}." if reasons else f"{told}."


def would_change(found: Alley, voice: Voice = escaped) -> str:
    """Agencies would be first with 21 more referrals from DTC e-commerce in 12 months."""
    if found.runner_up is None:
        return ""
    runner = _name(found.runner_up, voice)
    if found.giver is None:
        return f"{runner} is second."
    giver = _name(found.giver, voice)
    if found.to_lead is None:
        return f"{runner} is second, and referrals from {giver} alone would not put it first."
    more = count(found.to_lead, "more referral")
    return f"{runner} would be first with {more} from {giver} in 12 months."


def _overruled(found: Alley, voice: Voice) -> str:
    ruled = found.overruled or {}
    by = f" by {voice(ruled['who'])}" if ruled.get("who") else ""
    when = f" on {day(ruled['on'])}" if ruled.get("on") else ""
    why = f": {voice(ruled['why'])}" if ruled.get("why") else ""
    evidence = f" The evidence puts {_name(found.evidence_next, voice)} first." if found.evidence_next else ""
    return f"**{_name(ruled['segment'], voice)}** was put next{by}{when}{why}.{evidence}"


def demand(rows: Any, voice: Voice = escaped) -> str:
    """Outside the target B2B SaaS converts better than the other markets since 3 Aug 2026 (wins in time, ...)."""
    found = [row for row in rows.to_dict("records") if row["state"] == CONVERTING]
    if not found:
        if all(row["state"] == EARLY for row in rows.to_dict("records")):
            return "Outside the target it is too early to say whether a market starts converting."
        return "Outside the target no market converts better than the others beyond luck."
    parts = []
    for row in found:
        what = listed([CARRIES.get(name, name) for name in row["carrying"]])
        parts.append(f"{_name(row['segment'], voice)} since the week of {day(row['since'])} ({what})")
    verb = "converts" if len(found) == 1 else "convert"
    return f"Outside the target {listed(parts)} {verb} better than the other markets, beyond luck."


def tie_words(tie: Mapping[Any, Any]) -> str:
    """31 referrals, 3 shared competitors, 2 vouches: what ties two pins."""
    told = [
        (tie["referrals"], "referral", "referrals"),
        (tie["vouched"], "vouch", "vouches"),
        (tie["shared_competitors"], "shared competitor", "shared competitors"),
        (tie["shared_attributes"], "shared attribute", "shared attributes"),
        (tie["accounts_in_both"], "account in both", "accounts in both"),
    ]
    return ", ".join(count(number, one, many) for number, one, many in told if number)


def answer(row: Row) -> str:
    """An answer's number: 24 % of 249; 3 of 8; 96; a question mark where nothing is known."""
    if row["status"] == UNKNOWN:
        return UNKNOWN_MARK
    return _figure(row["part"], row["number"], row["n"], row["estimate"])


def beside_head(row: Row) -> str:
    """The head pin's number for the same: 22 % of 293; '' for the head pin itself, "?" where nothing is known."""
    if row["head_n"] is None:
        return ""
    return _figure(row["part"], row["head_number"], row["head_n"], row["head_estimate"])


def _figure(part: str, number: int | None, n: int, estimate: float | None) -> str:
    if part in ("decided", "calls"):
        return count(number)
    if estimate is None:
        return f"{n:,} {'customer' if n == 1 else 'customers'}" if number is None else f"{number:,} of {n:,}"
    if part == "nps":
        return f"{'−' if round(100 * estimate) < 0 else ''}{abs(round(100 * estimate))} of {count(n, 'answer')}"
    if part in ("engagement", "score"):
        return f"{estimate:.2f} of {count(n, 'customer')}"
    if part == "churn":
        return f"{percent(estimate, 101)} a month"
    return f"{percent(estimate, 0)} of {n:,}"


def share_label(row: Row) -> str:
    """38 % of the market; 19 % of the accounts we know; a question mark where customers are not known."""
    if row["share"] is None:
        return UNKNOWN_MARK
    whole = "the market" if row["share_of"] == MARKET else "the accounts we know"
    return f"{percent(row['share'], 0)} of {whole}"


def footnote(found: Alley, first: Any, last: Any, since: Any, as_of: Any) -> str:
    """What a ring, a line and the scores are, when they were counted, and who says which pin is the head."""
    sized = [row for row in found.pins.to_dict("records") if row["market"] is not None]
    sizes = "; ".join(f"{plain(row['segment'])} {row['market']:,}, {plain(row['market_source'])}" for row in sized)
    ring = f"Ring: customers as a share of the market ({sizes})"
    ring += "; dashed: of the accounts we know" if len(sized) < len(found.pins) else ""
    ring = ring if sized else "Dashed ring: customers as a share of the accounts we know, no size of a market is given"
    when = days(first, last) if first is not None else f"to {day(last)}"
    head = f" Head pin: {SAYS_SO[found.head_by]}." if found.head_by else ""
    return (
        f"{ring}. Line: referrals since {day(since)} and other ties. Scores: {when}, as of {day(as_of)}; ease "
        f"× benefit, 0 to 1, formulas in docs/markets.md.{head}"
    )


def _name(name: object, voice: Voice, most: int = 4) -> str:
    return voice(shortened_words(name, most, 40))


def _first_word(text: str) -> str:
    return text[:1].upper() + text[1:]
