"""Frames of the Follow-on markets page: why a pin, the order, the six answers, the ties, what people changed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from gtm_metrics.tables.cells import said_of_any
from gtm_metrics.words import MISSING, count, day, percent, plain
from gtm_metrics.words import alley as drawn
from gtm_metrics.words import markets as said
from gtm_metrics.words.alley import UNKNOWN, known
from gtm_metrics.words.numbers import NO_BREAK

Row = Mapping[Hashable, Any]
Labels = Mapping[str, str]

HEAD_PIN, JUDGED = "Head pin", "Judgement"

ON = {**said.QUESTIONS, "leadership": "Leads its market", "order": "Place in the order"}
"""What people give a judgement on, as it is called on screen."""

FIELDS = {"status": "status", "position": "position", "owner": "owner", "notes": "notes", "rule": "rule"}
"""Fields of a pin that its history tells of; that it is gone is told in words of its own."""


def why(name: str, answers: pd.DataFrame, judgements: pd.DataFrame) -> pd.DataFrame:
    """The six questions about one pin, a row each: its number, the head pin's for the same, and what people judge.

    judgements  of this pin: question | value | why | who | on
    """
    rows, judged = [], {row["question"]: row for row in judgements.to_dict("records")}
    for question, asked in said.QUESTIONS.items():
        mine = answers[(answers["segment"] == name) & (answers["question"] == question)].to_dict("records")
        told = next((row for row in mine if row["status"] == "ok"), next(iter(mine), None))
        rows.append(
            {
                f"Why {plain(name)}": asked,
                "Here": UNKNOWN if told is None else _told(told),
                HEAD_PIN: "" if told is None else said.beside_head(told),
                JUDGED: judgement(judged.get(question)),
            }
        )
    return said_of_any(pd.DataFrame(rows), (JUDGED,))


def _told(row: Row) -> str:
    """The number and what it is of."""
    number = said.answer(row)
    if number == UNKNOWN:
        return number
    return f"{number.removesuffix(' a month')} {said.PARTS.get(row['part'], row['part'])}"


def judgement(row: Row | None) -> str:
    """yes, Anna, 28 Nov 2026; '' where nobody judged. The reason stands with what people say."""
    return "" if row is None else f"{_yes(float(row['value']))}, {plain(row['who'])}, {day(row['on'])}"


def order(pins: pd.DataFrame) -> pd.DataFrame:
    """# | pin | status | customers | market | share | ease | benefit | score | left to win | open deals | requests |
    how much is known | leads | owner, the head pin first; no market, leads or owner where nobody said any, and then the
    share is of the accounts we know everywhere, and does not say so."""
    sized = pins["market"].notna().any()
    rows = [
        {
            "#": "" if known(row["order"]) is None else f"{int(row['order']):,}",
            "Pin": plain(row["segment"]),
            "Status": row["status"],
            "Customers": _count(row["customers"]),
            "Market": _market(row) if sized else "",
            "Share": said.share_label(row) if sized else drawn.share_label(row),
            "Ease": _score(row["ease"]),
            "Benefit": _score(row["benefit"]),
            "Score": _score(row["score"]),
            "Left to win": _count(row["left"]),
            "Open deals": _count(row["open_deals"]),
            "Requests": _count(row["requests"]),
            "Known": percent(known(row["certainty"]), 0) + (", little" if row["weak"] else ""),
            "Leads": "" if known(row["leadership"]) is None else _yes(float(row["leadership"])),
            "Owner": plain(row["owner"]) if known(row["owner"]) else "",
        }
        for row in pins.to_dict("records")
    ]
    return said_of_any(pd.DataFrame(rows), ("Market", "Leads", "Owner"))


def _count(value: Any) -> str:
    return UNKNOWN if known(value) is None else f"{int(value):,}"


def _score(value: Any) -> str:
    return UNKNOWN if known(value) is None else f"{float(value):.2f}"


def _market(row: Row) -> str:
    return "no size" if known(row["market"]) is None else f"{int(row['market']):,} ({plain(row['market_source'])})"


def _yes(value: float) -> str:
    return "yes" if value >= 0.75 else "no" if value <= 0.25 else f"in part ({value:.2f})"


def answers(frame: pd.DataFrame) -> pd.DataFrame:
    """Every number of the six answers: pin | question | number | what it is | 95 % interval | head pin | why not."""
    rows = [
        {
            "Pin": plain(row["segment"]),
            "Question": said.QUESTIONS[row["question"]],
            "Number": said.answer(row),
            "What it is": said.PARTS.get(row["part"], row["part"]),
            "95 % interval": _interval(row),
            HEAD_PIN: said.beside_head(row),
            "Why not": plain(row["why"]) if row["status"] == "unknown" and row["why"] else "",
        }
        for row in frame.to_dict("records")
    ]
    columns = ["Pin", "Question", "Number", "What it is", "95 % interval", HEAD_PIN, "Why not"]
    return pd.DataFrame(rows, columns=columns)


def _interval(row: Row) -> str:
    low, high = known(row["low"]), known(row["high"])
    if low is None or high is None:
        return ""
    if row["part"] in ("engagement", "score"):
        return f"{low:.2f}–{high:.2f}"
    places = 1 if row["part"] == "churn" else 0
    return f"{100 * low:.{places}f}–{100 * high:.{places}f}" + ("" if row["part"] == "nps" else f"{NO_BREAK}%")


def ties(frame: pd.DataFrame) -> pd.DataFrame:
    """Pin | pin | weight | what ties them | referred there | referred back, the strongest first."""
    rows = [
        {
            "Pin": plain(row["a"]),
            "And": plain(row["b"]),
            "Weight": f"{row['weight']:.2f}",
            "What ties them": said.tie_words(row),
            "First brought second": f"{row['referrals_there']:,}",
            "Second brought first": f"{row['referrals_back']:,}",
        }
        for row in frame.to_dict("records")
    ]
    columns = ["Pin", "And", "Weight", "What ties them", "First brought second", "Second brought first"]
    return pd.DataFrame(rows, columns=columns)


def people(sizes: pd.DataFrame, vouches: pd.DataFrame, judgements: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """What people say of the pins and holds today: pin | what | who | on."""
    rows = [_row(row, labels, _size(row)) for row in sizes.to_dict("records")]
    rows += [_row(row, labels, _vouched(row)) for row in vouches.to_dict("records")]
    rows += [_row(row, labels, _judged(row)) for row in judgements.to_dict("records")]
    return pd.DataFrame(rows, columns=["Pin", "What", "Who", "On"])


def _row(row: Row, labels: Labels, what: str) -> dict[str, str]:
    return {"Pin": called(row, labels), "What": what, "Who": plain(row["who"]), "On": day(row["on"])}


def called(row: Row, labels: Labels) -> str:
    """The pin's name with what it is a value of."""
    label = labels.get(str(row["dimension"]), str(row["dimension"]))
    return f"{plain(row['segment'])} ({plain(label)})" if label else plain(row["segment"])


def _size(row: Row) -> str:
    return f"Market of {count(int(row['number']), 'account')}: {plain(row['source'])}, {day(row['dated'])}"


def _vouched(row: Row) -> str:
    more = f": {plain(row['what'])}" if row["what"] else ""
    kind = "Case study" if row["kind"] == "case study" else "Would vouch"
    return f"{kind} to {plain(row['to_segment'])}: {plain(row['name'])}{more}"


def _judged(row: Row) -> str:
    return f"{_mark(row)}. {plain(row['why'])}"


def _mark(row: Row) -> str:
    value = f"{float(row['value']):.0f}" if row["question"] == "order" else _yes(float(row["value"]))
    return f"{ON[row['question']]}: {value}"


def history(events: pd.DataFrame, changes: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """Every change of a pin and all that was said of one, the newest first: on | pin | what | why | who.

    events   `journal.pin_events`
    changes  `journal.market_changes`
    """
    rows = [(row["at"], 0, row["id"], _moved(row, labels)) for row in events.to_dict("records")]
    rows += [(row["at"], 1, row["id"], _said(row, labels)) for row in changes.to_dict("records")]
    listed = [row for *_, row in sorted(rows, key=lambda each: each[:3], reverse=True)]
    return pd.DataFrame(listed, columns=["On", "Pin", "What", "Why", "Who"])


def _moved(row: Row, labels: Labels) -> dict[str, str]:
    back = f"Put back change {row['undoes']}: " if known(row["undoes"]) is not None else ""
    return {
        "On": day(row["on"]),
        "Pin": called(row, labels),
        "What": back + moved(row),
        "Why": plain(row["why"]),
        "Who": plain(row["who"]),
    }


def moved(event: Row) -> str:
    """status standing → next; owner Anna → Ben: what one change did to a pin."""
    then, now = event["then"] or {}, event["now"] or {}
    if now.get("gone"):
        return "taken out of the rack"
    if not then:
        given = [f"{field} {_field(now[field])}" for field in FIELDS if known(now.get(field)) not in (None, "")]
        return f"set up: {'; '.join(given)}"
    told = [f"{field} {_field(then.get(field))} → {_field(now[field])}" for field in FIELDS if field in now]
    return "; ".join(told) or "put into the rack"


def _field(value: Any) -> str:
    return MISSING if known(value) in (None, "") else plain(value)


def _said(row: Row, labels: Labels) -> dict[str, str]:
    whole = {**row["said"], "dimension": row["dimension"], "segment": row["segment"]}
    judged = row["kind"] == "judgements"
    what = (_mark if judged else _size if row["kind"] == "market_sizes" else _vouched)(whole)
    return {
        "On": day(row["on"]),
        "Pin": called(row, labels),
        "What": f"Taken back: {what}" if row["gone"] else what,
        "Why": plain(row["said"]["why"]) if judged and not row["gone"] else "",
        "Who": plain(row["who"]),
    }


def told(kind: str, row: Row) -> str:
    """What was said of a pin, with its name: B2B SaaS: Leads its market: yes."""
    what = {"market_sizes": _size, "vouches": _vouched, "judgements": _mark}[kind](row)
    return f"{plain(row['segment'])}: {what}"
