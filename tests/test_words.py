"""Sentences and formatted numbers; names that can never become markup; titles that claim only what rows show."""

from __future__ import annotations

import re
from datetime import date

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gtm_metrics import words
from gtm_metrics.funnel import Finding
from gtm_metrics.metrics import METRICS, metric_named
from gtm_metrics.question import ALL, Question
from gtm_metrics.words.footnotes import COHORT
from gtm_metrics.words.numbers import DONE

RESPONSE, CALLS, CLOSE, CHURN = (
    metric_named(name) for name in ("response_rate", "calls_to_understanding", "close_rate", "churn")
)
AS_OF, FIRST, LAST = date(2026, 11, 16), date(2026, 8, 17), date(2026, 11, 9)
NASTY = "**DTC** :red[sale] $x^2$ <b>#1</b> `a` | \\ ~~b~~ :smile: www.a.com a->b\n# c"
P = "\u00a0%"


def row(metric, trials=400, successes=80, estimate=0.2, low=0.16, high=0.24, rest=0.1, **other):
    """A contract row; status and why follow from its trials."""
    early = trials < metric_named(metric).minimum
    shown = [None] * 4 if early else [estimate, low, high, rest]
    why = f"{trials} of {metric_named(metric).minimum} {metric_named(metric).unit}" if early else ""
    return {
        "metric": metric, "dimension": "industry", "segment": "DTC", "by": {"industry": "DTC"},
        "trials": trials, "successes": successes,
        **dict(zip(("estimate", "low", "high", "rest_estimate"), shown, strict=True)),
        "ratio": None if early else 2.0, "shrunken_ratio": None if early else 1.8, "waiting": 0,
        "status": "too_early" if early else "ok", "why": why, "first_week": FIRST, "last_week": LAST,
        "as_of": AS_OF, "data_through": date(2026, 11, 15),
    } | other  # fmt: skip


def found(kind, ahead=(), behind=(), rows=(), segment="DTC", why="", others=(), segments=8, compared=24):
    """A finding from its rows."""
    by_metric = {each["metric"]: each for each in rows}
    return Finding(kind, "industry", segment, ahead, behind, by_metric, others, segments, compared, why)


LEADS = found(
    "leads",
    ahead=("response_rate", "calls_to_understanding", "close_rate"),
    rows=[
        row("response_rate", 401, 73, 0.182, 0.147, 0.223, 0.107),
        row("calls_to_understanding", 170, 60, 1.9, 1.7, 2.2, 3.2),
        row("close_rate", 92, 31, 0.337, 0.249, 0.438, 0.19),
        row("churn", 212, 2),
    ],
    others=("B2B SaaS",),
)
TRAILS = found(
    "trails", ahead=("response_rate",), behind=("close_rate",),
    rows=[row("response_rate", 401, 73, 0.182, 0.147, 0.223, 0.107), row("close_rate", 92, 9, 0.098, 0.05, 0.17, 0.2)],
)  # fmt: skip


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (words.percent(0.12, 100), f"12{P}"),
        (words.percent(0.1234, 101), f"12.3{P}"),
        (words.percent(0.0, 50), f"0{P}"),
        (words.percent(0.004, 100), f"under 1{P}"),
        (words.percent(0.0004, 9000), f"under 0.1{P}"),
        (words.percent(0.9999, 9000), f"over 99.9{P}"),
        (words.percent(1.0, 9000), f"100.0{P}"),
        (words.percent(None, 3), "–"),
        (words.calls(3.96), "4.0 calls"),
        (words.times(1.72), "1.7 times"),
        (words.times(12.4), "12 times"),
        (words.money(212_345), "$212k"),
        (words.money(212_345, exact=True), "$212,345"),
        (words.money(950, "€"), "€950"),
        (words.money(999_700), "$1.0M"),
        (words.money(2_912_000), "$2.9M"),
        (words.money(1_400_000_000, "EUR"), "EUR\u00a01.4B"),
        (words.money(-4200), "−$4k"),
        (words.money(-0.2), "$0"),
        (words.money(None), "–"),
        (words.count(1295, "call"), "1,295 calls"),
        (words.count(1, "call"), "1 call"),
        (words.count(2, "opportunity", "opportunities"), "2 opportunities"),
        (words.count(None, "call"), "–"),
        (words.counted(CLOSE, 3, 5), "3 won of 5"),
        (words.counted(CHURN, 2, 1350), "2 left of 1,350 customer-weeks"),
        (words.count_label(CLOSE, 4, 26), "4 of 26"),
        (words.count_label(CHURN, 2, 350), "2 left"),
        (words.estimate(CALLS, 1.94, 170), "1.9 calls"),
        (words.dot_label(CALLS, 1.94, 170), "1.9"),
        (words.interval(CLOSE, 0.249, 0.438, 92), f"25–44{P}"),
        (words.interval(CALLS, 1.7, 2.21, 170), "1.7–2.2"),
        (words.interval(CLOSE, None, None, 92), ""),
        (words.day(AS_OF), "16 Nov 2026"),
        (words.days(date(2026, 8, 17), date(2026, 11, 15)), "17 Aug to 15 Nov 2026"),
        (words.days(date(2025, 12, 29), date(2026, 1, 4)), "29 Dec 2025 to 4 Jan 2026"),
        (words.weeks_to(FIRST, LAST), "13 weeks to Sunday 15 Nov 2026"),
        (words.weeks_to(LAST, LAST), "1 week to Sunday 15 Nov 2026"),
        (words.weeks_to(None, None), "no closed week"),
        (words.window(13, AS_OF), "13 weeks to Sunday 15 Nov 2026"),
        (words.window(None, AS_OF), "all weeks to Sunday 15 Nov 2026"),
        (words.window((FIRST, LAST), AS_OF), "17 Aug to 15 Nov 2026"),
    ],
)
def test_numbers_are_written_one_way(written, expected):
    """Rates, calls, ratios, money, counts and dates have one spelling each."""
    assert written == expected


@given(st.text(max_size=60))
@example(NASTY)
@example(":material/home: :streamlit: me@acme.com http://a.b/c_d -- >= ~= <-> 1. x")
@example("- [ ] task")
def test_escaped_text_holds_no_markup(text):
    """Whatever a name holds, Markdown reads it as itself: every special is escaped, nothing joins up after."""
    escaped = words.escaped(text)
    shown = re.sub(r"\\(.)", r"\1", escaped)
    assert shown.replace("\u2060", "") == words.plain(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_\[\]$:<>#|~`&]", escaped)
    assert not re.search(r":[\w/+-]+|https?://|www\.|@\w|->|<-|--|>=|<=|~=", shown, re.IGNORECASE)
    assert not re.match(r"[-+=]\s|[-+=]$|\d+[.)](\s|$)", escaped)


@given(st.text(max_size=60))
def test_plain_text_is_one_visible_line(text):
    """No control character, line end or change of direction is left, and never nothing."""
    assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+", words.plain(text))


@given(st.text(max_size=250), st.integers(1, 60))
def test_shortened_text_keeps_its_limit(text, limit):
    """A shortened name is at most so long and never empty; one that fits is left as it is."""
    short, whole = words.shortened(text, limit), words.plain(text)
    assert 1 <= len(short) <= limit
    assert short == whole or "…" in short
    assert (short == whole) == (len(whole) <= limit)


def test_shortened_text_keeps_both_ends():
    """The ellipsis stands in the middle, because names often differ in their ends."""
    assert words.shortened("Manufacturing of machinery, EMEA", 16) == "Manufact…y, EMEA"
    with pytest.raises(ValueError, match="limit is 0"):
        words.shortened("a", 0)


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (LEADS, f"DTC leads: it closes 34{P} against 19{P}"),
        (TRAILS, f"DTC trails: it closes 10{P} against 20{P}"),
        (
            found("leads", ("churn",), rows=[row("churn", 9000, 20, 0.0096, 0.006, 0.014, 0.021)]),
            f"DTC leads: 1.0{P} leave a month against 2.1{P}",
        ),
        (
            found("leads", ("calls_to_understanding",), rows=[LEADS.rows["calls_to_understanding"]]),
            "DTC leads: it understands after 1.9 calls against 3.2",
        ),
        # The pooled rates lie the other way round (a Simpson reversal): the title takes the ratio within weeks.
        (
            found("leads", ("close_rate",), rows=[row("close_rate", 92, 31, 0.18, 0.1, 0.2, 0.19, ratio=1.64)]),
            "DTC leads: close rate 1.6 times everyone else's, week for week",
        ),
        (found("level", segment=""), "Level so far: none of 8 segments stands apart from everyone else"),
        (
            found("level", segment="", segments=1),
            "Level so far: the one segment does not stand apart from everyone else",
        ),
        (
            found("level", rows=[row("close_rate"), row("response_rate", 12)]),
            "DTC is level with everyone else on 1 measure so far",
        ),
        (
            found("too_early", rows=[row("close_rate", 9, 3)], why="9 of 30 decided deals"),
            "Too early to say: 9 of 30 decided deals in DTC",
        ),
        (found("no_data", segment="", why="no touches here"), "Nothing to compare yet: no touches here"),
    ],
)  # fmt: skip
def test_a_title_is_the_finding(finding, expected):
    """Who leads or trails with the number nearest to money; level, too early and no data say so."""
    assert words.title(finding) == expected


NAMES = st.one_of(st.just(NASTY), st.text("abcdef ", min_size=1, max_size=120))


@st.composite
def findings(draw):
    """Any finding that rows may come to, the pooled numbers lying on either side."""
    measured = [m for m in METRICS if draw(st.booleans())] or [CLOSE]
    rates = st.floats(0.0001, 0.9999)
    rows = [
        row(m.name, draw(st.integers(1, 3000)), 1, draw(rates), 0.1, 0.9, draw(rates), ratio=draw(st.floats(0.1, 40)))
        for m in measured
    ]
    apart = tuple(each["metric"] for each in rows if each["status"] == "ok")
    kind = draw(st.sampled_from(("leads", "trails", "level") if apart else ("too_early", "level", "no_data")))
    on = {"leads": ("ahead", apart), "trails": ("behind", apart)}.get(kind, ("ahead", ()))
    why = rows[0]["why"] if kind == "too_early" else "no outreach is connected here"
    return found(kind, rows=rows, segment=draw(NAMES), why=why, others=(NASTY,) * 5, **dict([on]))


@given(findings())
def test_titles_are_short_and_take_their_numbers_from_rows(finding):
    """At most fifteen words whatever the name and the numbers, and every number in it is one of the rows'."""
    title = words.title(finding, markdown=False)
    assert len(title.split()) <= 15
    assert not re.search("consistent|proven", title)
    metrics = {name: metric_named(name) for name in finding.rows}
    known = [str(finding.segments), str(len(finding.rows)), finding.why]
    known += [str(n) for n in range(len(finding.rows))] if finding.kind == "level" else []
    for name, each in finding.rows.items():
        known += [words.dot_label(metrics[name], each[key], each["trials"]) for key in ("estimate", "rest_estimate")]
        known += [words.times(each["ratio"])]
    name = words.shortened_words(finding.segment, 5, 48)
    said = re.findall(r"\d+(?:\.\d+)?", title.replace(name, "") if finding.segment != NASTY else "")
    assert set(said) <= set(re.findall(r"\d+(?:\.\d+)?", " ".join(known)))


@given(findings())
def test_only_our_numbers_are_bold(finding):
    """In a paragraph bold stands around numbers alone, and a title holds none."""
    paragraph = words.paragraph(finding)
    bold = re.findall(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*", paragraph)
    assert all(re.match(r"\d|under|over", text) for text in bold)
    assert paragraph.count("**") == 2 * len(bold)
    assert not re.search(r"(?<!\\)[*$:]", words.title(finding).split(": ", 1)[0].replace("Too early to say", ""))


def test_a_paragraph_explains_the_finding():
    """What it leads on with both numbers, what is too early, who else leads; plain where no markup is wanted."""
    assert words.paragraph(LEADS) == (
        f"Beside everyone else in the same weeks: **18.2{P}** answer against 10.7{P}, it understands after "
        f"**1.9 calls** against 3.2 and it closes **34{P}** against 19{P}. Too early to say: monthly churn (212 of "
        "400 customer-weeks). B2B SaaS leads too. Where nothing differs, a screen names a segment in at most 1 look "
        "in 20."
    )
    assert words.paragraph(TRAILS, markdown=False) == (
        f"Beside everyone else in the same weeks: it closes 10{P} against 20{P}. It is ahead as well: 18.2{P} answer "
        f"against 10.7{P}. Where nothing differs, a screen names a segment in at most 1 look in 20."
    )
    early = found("too_early", rows=[row("close_rate", 9, 3)], why="9 of 30 decided deals")
    assert words.paragraph(early).startswith(
        "No segment has enough yet for a rate beside everyone else's. DTC is nearest: **3 won of 9** (close rate)."
    )
    empty = found("no_data", segment="", why="no outreach is connected")
    assert words.paragraph(empty).startswith("No outreach is connected. Nothing is shown in its place")


def test_what_cannot_be_said_is_said():
    """Below the minimum the counts, where nothing is connected the reason, and '' where there is a rate."""
    assert words.too_early(CLOSE, row("close_rate", 9, 3)) == (
        "Too early to say: 9 of 30 decided deals (3 won of 9)."
    )
    away = row("close_rate") | {"trials": None, "status": "not_connected", "why": "opportunities is missing"}
    assert words.too_early(CLOSE, away) == "Close rate: not connected. Opportunities is missing."
    assert words.too_early(CLOSE, row("close_rate")) == ""
    assert words.beside_rest(CLOSE, row("close_rate", 92, 31, 0.337, 0.249, 0.438, 0.19), "ahead") == (
        f"Close rate: **34{P}** (25–44{P}) against 19{P} for everyone else; leads."
    )


def test_a_footnote_says_what_was_counted():
    """Reading, definition, n, window, as of, dimension and filters, with data's own words escaped."""
    rows = pd.DataFrame([row("close_rate", 1385, 86, segment=ALL, waiting=4), row("close_rate", 92, 31)])
    question = Question(AS_OF, by=("industry",), within="size", scope=(("region", "EM*EA"),))
    assert words.footnote(rows, question, "dots", dimension="Industry") == (
        f"{words.READING['dots']} Below 30 trials: counts only. Close rate: won; n = 1,385 decided deals (86 won), 13 "
        "weeks to Sunday 15 Nov 2026; 4 more still open. As of 16 Nov 2026, data through 15 Nov 2026. By Industry. "
        r"Compared within size. Only accounts with region = EM\*EA."
    )


def test_every_metric_has_its_own_words():
    """A new metric is asked for its past participle and its cohort, so that no sentence falls back unseen."""
    names = {metric.name for metric in METRICS}
    assert set(DONE) == names
    assert set(COHORT) == names
    assert words.column_captions(RESPONSE, date(2026, 10, 19)) == (
        "higher is better",
        "first touched to 25 Oct 2026",
    )
    assert words.column_captions(CHURN, None) == ("lower is better", "no closed week yet")


def test_the_overline_says_page_window_and_dimension():
    """The small line over a title; a dimension's name is data too."""
    question = Question(AS_OF, by=("primary_use",))
    assert words.overline("Funnel health", question) == (
        r"Funnel health · 13 weeks to Sunday 15 Nov 2026 · by primary\_use"
    )
