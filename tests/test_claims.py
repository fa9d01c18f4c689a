"""Whatever the page says of a verdict is counted again: over simulated companies every number in its sentences and
tables is found, and set beside what plain counting of the frozen cells gives."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass, field
from datetime import date

import numpy as np
import pandas as pd
import pytest
from signal_market import decisions_of, judge_cells, names, refresh_weeks, registry_of

from benchmarks.signal.market import CHURN, METRICS, Lead, Market
from benchmarks.signal.simulate import frozen_cells, simulate
from gtm_metrics.signal import Judged, verdict_of
from gtm_metrics.signal.series import week_standings
from gtm_metrics.tables import signal as tables_signal
from gtm_metrics.words import evidence, explained, gates, signal

pytestmark = pytest.mark.xdist_group("claims")

MONDAY = pd.Timestamp("2023-01-02")
BACK = (6, 24)
"""How many refresh weeks before the last one a company is looked at, beside the last."""
COMPANIES = {
    "one leads": Market(("mid", "mid", "small", "tiny"), 52, leads=(Lead(0, 2.0),)),
    "a lead that ends": Market(("mid", "mid", "mid"), 60, leads=(Lead(0, 2.6, last=34), Lead(0, 0.4, first=34))),
    "on two measures": Market(("mid", "mid", "mid", "mid", "small"), 52, leads=(Lead(1, 2.2, METRICS[:2]),)),
    "on one measure": Market(("mid", "mid", "small", "small"), 52, leads=(Lead(0, 2.4, METRICS[:1]),)),
    "one measure connected": Market(("mid", "mid", "small"), 40, METRICS[:1], leads=(Lead(0, 2.2, METRICS[:1]),)),
    "nobody": Market(("mid", "mid", "small", "small", "tiny"), 52, luck_sd=0.2),
    "small": Market(("speck",) * 6, 60, leads=(Lead(0, 3.0),)),
    "young": Market(("small", "tiny", "tiny"), 20, leads=(Lead(0, 3.0),)),
}
EVERY = [(name, seed) for name in COMPANIES for seed in (1, 2)]
DAY = r"\d{1,2} [A-Z][a-z]{2}(?: \d{4})?"
PERIODS = r"([\d.]+) of the last (\d+) (?:weeks|periods of (\d+) weeks)"
ODDS = r"(?:[\d,]+|over a million) to 1|nothing so far"


@dataclass(frozen=True)
class Counted:
    """A company: what was judged of it, its cells, its refresh weeks."""

    judged: Judged
    cells: pd.DataFrame
    weeks: tuple[date, ...]
    known: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def weekly(self, metric, segment):
        """(successes, fair share, variance, trials) a refresh week, by plain counting."""
        if (metric.name, segment) not in self.known:
            self._count(metric)
        return self.known[metric.name, segment]

    def _count(self, metric):
        """A week and band at a time: a segment's part of the trials is its fair share of the successes."""
        lag = math.ceil((metric.maturity + 7) / 7)
        mine = self.cells[self.cells["metric"] == metric.name]
        x, n = (mine.pivot_table(values, "segment", ["week", "band"], "sum", 0) for values in ("successes", "trials"))
        m, total = x.sum(), n.sum()
        fair = n * m / total.where(total > 0, 1)
        many = total.where(total > 1, 2)
        spread = n * (total - n) * (m * (total - m) / (many**2 * (many - 1)))
        column = [(week.date() - self.weeks[0]).days // 7 + lag for week, _ in x.columns]
        for segment in x.index:
            out = np.zeros((4, len(self.weeks)))
            for part, frame in zip(out, (x, fair, spread, n), strict=True):
                for at, value in zip(column, frame.loc[segment].tolist(), strict=True):
                    if 0 <= at < len(self.weeks):
                        part[at] += value
            self.known[metric.name, segment] = out


@pytest.fixture(scope="module")
def companies():
    """Simulated companies by name and seed; in one of them people decide to tighten."""
    found = {}
    for name, seed in EVERY:
        market = COMPANIES[name]
        cells = simulate(market, np.random.default_rng(seed))
        weeks = refresh_weeks(market.weeks)
        decided = {"decisions": decisions_of(("tighten", "s01", weeks[-8]))} if (name, seed) == ("nobody", 2) else {}
        judged = judge_cells(cells, weeks, registry_of(names(len(market.sizes)), weeks[0]), **decided)
        found[name, seed] = Counted(judged, frozen_cells(cells, MONDAY), tuple(week.date() for week in weeks))
    return found


@pytest.fixture(params=EVERY, ids=lambda one: f"{one[0]} {one[1]}")
def company(companies, request):
    """Each of them."""
    return companies[request.param]


def looked_at(company):
    """Verdict, rows and place of each week that is looked at."""
    last = len(company.weeks) - 1
    for column in [last, *(last - back for back in BACK if last - back >= 8)]:
        week = company.weeks[column]
        yield signal.told(asdict(verdict_of(company.judged, week))), company.judged.at(week).to_dict("records"), column


def led(company, segment, metric, start, column):
    """(led, of, weeks a period, needed), counted in periods back from the column; None where none is long enough."""
    o, e, v, _ = company.weekly(metric, segment)[:, start : column + 1]
    length = next((one for one in (1, 2, 4, 13, 26) if e.mean() * one >= 5), None)
    if length is None:
        return None
    periods = [slice(max(0, end - length), end) for end in range(len(e), length - 1, -length)]
    sign = -1 if metric.name == CHURN else 1
    ahead = [sign * (o[p].sum() - e[p].sum()) for p in periods if v[p].sum() > 0][:12]
    won = sum(1 if lead > 1e-9 else 0.5 if lead > -1e-9 else 0 for lead in ahead)
    return won, len(ahead), length, math.ceil(2 * len(ahead) / 3 - 1e-9)


def most_expected(company, segment, start, column):
    """The metric with the segment's largest fair share of successes."""
    return max(company.judged.metrics, key=lambda metric: company.weekly(metric, segment)[1, start : column + 1].sum())


def pays(said, log_e):
    """Whether odds are those of the e-value, to two figures."""
    if said == "nothing so far":
        return math.isnan(log_e) or log_e < math.log(1.5)
    if said == "over a million to 1":
        return log_e >= math.log(1e6)
    return abs(int(said.split(" ")[0].replace(",", "")) / math.exp(log_e) - 1) <= 0.05 + 0.5 / math.exp(log_e)


def start_of(company, row):
    """The column a segment's evidence began in."""
    return company.weeks.index(row["evidence_since"].date())


def without(text, pattern, check):
    """The text without every place that the pattern finds; each must pass the check."""
    for found in re.finditer(pattern, text):
        assert check(found), found[0]
    return re.sub(pattern, " ", text)


def unexplained(company, verdict, rows, column):
    """What is left of title and paragraph when every number that agrees with its count is taken out."""
    week, row = company.weeks[column], next((r for r in rows if (r["dimension"], r["segment"]) == verdict.key), None)
    text = f"{signal.title(verdict, row)}. {explained.paragraph(verdict, row)}".replace("**", "")
    text = re.sub(r"\bs\d\d\b", "it", text)
    waits = [each["weeks_to_decide"] for each in rows if each["weeks_to_decide"] is not None]
    checks = {
        r"a lead of 1.5 times the odds would be proven in about (\d+) weeks?": lambda found: (
            int(found[1]) == math.ceil(row["weeks_to_decide"] if row else min(waits))
        ),
        r"(\d+) segments": lambda found: int(found[1]) == len(rows),
        r"fewer than (\d+) compan(?:y|ies) in (\d+)": lambda found: (
            int(found[1]) / int(found[2]) == pytest.approx(company.judged.luck)
        ),
        r"about (\d+) weeks? until the first": lambda found: int(found[1]) == math.ceil(verdict.enough_in),
        r"a lead of 1.5 times the odds takes over two years": lambda _: all(
            each["weeks_to_decide"] is None for each in rows
        ),
    }
    if row is not None:
        metric = most_expected(company, row["segment"], start_of(company, row), column)
        counted = led(company, row["segment"], metric, start_of(company, row), column)
        checks |= {
            rf"(?:since|week of) ({DAY})": lambda found: _day(found[1], week) == _began(row),
            r"(?:After )?(\w+) weeks?(?: on,)? the evidence": lambda found: (
                _weeks(found[1]) == (week - _began(row)).days // 7
            ),
            rf"It led on {re.escape(evidence.spoken(metric.name))} in {PERIODS}\.": lambda found: _led(found, counted),
            rf"\(({ODDS}); ([\d,]+) to 1 would be proof\)": lambda found: (
                pays(found[1], row["log_e_two"]) and _int(found[2]) == round(row["threshold"])
            ),
            rf"({ODDS}) against luck for this segment": lambda found: pays(found[1], row["log_e_any"]),
        }
    for pattern, agrees in checks.items():
        text = without(text, pattern, agrees)
    return text


def test_every_kind_of_verdict_is_met(companies):
    """What is counted again below are verdicts of all seven kinds."""
    met = {verdict.kind for company in companies.values() for verdict, _, _ in looked_at(company)}
    assert met == {"tighten", "tightened", "emerging", "watch", "loose", "too_early", "lead_lost"}


def test_every_number_of_title_and_paragraph_is_counted_again(company):
    """Since when, how many weeks on, led in how many of how many periods, odds, proof, segments, waits: each is found
    in the sentence and agrees; no number is left that nobody has checked."""
    for verdict, rows, column in looked_at(company):
        text = unexplained(company, verdict, rows, column)
        assert not re.search(r"\d", text), text
        if not verdict.key:
            assert not any(row["log_e_two"] >= math.log(row["threshold"]) for row in rows)


def test_what_is_called_proven_above_or_lost_is_so(company):
    """Proven since a week: the evidence crossed its line in it and had not held the state before; above the line is
    above it; a real lead has ten to one on each measure it names, and the one worth watching is the strongest."""
    states = company.judged.verdicts.set_index(["segment", "week"])["state"]
    for verdict, rows, column in looked_at(company):
        row = next((r for r in rows if (r["dimension"], r["segment"]) == verdict.key), None)
        if row is None:
            continue
        text, title = explained.paragraph(verdict, row), signal.title(verdict, row)
        began = pd.Timestamp(_began(row))
        own = states[row["segment"]]
        assert (own[own.index >= began].loc[: pd.Timestamp(company.weeks[column])] == row["state"]).all()
        assert own.get(began - pd.Timedelta(weeks=1)) != row["state"]
        assert ("above the line of proof" in text) == (
            verdict.kind in ("tighten", "tightened") and row["log_e_two"] >= math.log(row["threshold"])
        )
        if "proven since" in title:
            at = company.judged.at(began.date()).set_index("segment").loc[row["segment"]]
            assert at["log_e_two"] >= math.log(at["threshold"]) - 1e-9
            assert all(gate["passed"] for gate in at["gates"].values())
        better = {name: one["log_e_better"] for name, one in row["metrics"].items()}
        for name in re.findall(r"A real lead on (.*), not yet", text.replace("**", "")):
            strong = [evidence.spoken(each) for each, log_e in better.items() if log_e >= math.log(10)]
            assert set(re.split(r", | and ", name)) <= set(strong or [evidence.spoken(max(better, key=better.get))])
        if verdict.kind == "watch":
            assert title.endswith(f" on {evidence.spoken(max(better, key=better.get))}")


def test_every_gate_of_every_segment_is_counted_again(company):
    """Periods led, measures ahead and large, what is worse, the odds and what is needed: counted again for each
    segment, and yes or not yet follows from the counts."""
    for _, rows, column in looked_at(company):
        for row in rows:
            told = {label: (passed, reason) for label, passed, reason in gates.gates(row)}
            start, found = start_of(company, row), row["metrics"]
            passed, reason = told["Better on two measures by more than luck"]
            said = re.fullmatch(rf"({ODDS}); ([\d,]+) to 1 is needed", reason, re.IGNORECASE)
            assert pays(said[1].lower(), row["log_e_two"])
            assert _int(said[2]) == round(row["threshold"])
            assert passed == (row["log_e_two"] >= math.log(row["threshold"]))
            passed, reason = told["Leads in two thirds of recent periods"]
            metric = most_expected(company, row["segment"], start, column)
            counted = led(company, row["segment"], metric, start, column)
            said = re.fullmatch(
                rf"Led on {re.escape(evidence.spoken(metric.name))} in {PERIODS}; (\d+) are needed", reason
            )
            if said:
                assert _led(said, counted)
                assert int(said[4]) == counted[3]
                assert passed == (counted[0] >= 2 * counted[1] / 3 - 1e-9)
            else:
                assert not passed
                assert counted is None or counted[1] < 6, reason
            ratios = {name: one["shrunken_ratio"] for name, one in found.items()}
            good = {name for name, r in ratios.items() if r and (r < 1 if name == CHURN else r > 1)}
            part = {name for name, one in found.items() if one["fair_share"] >= 5}
            passed, reason = told["Ahead on every measure but one at most"]
            said = re.match(r"Ahead on (\d+) of (\d+) measures with enough", reason)
            assert (said is None) == (len(part) < 2)
            if said:
                assert (int(said[1]), int(said[2])) == (len(good & part), len(part))
                assert passed == (len(part - good) <= 1 and len(good & part) >= 2)
            passed, reason = told["Large enough to matter on two measures"]
            large = [n for n in good if (1 / ratios[n] if n == CHURN else ratios[n]) >= 1.10 - 1e-9]
            assert int(re.match(r"A lead of 1.10 times or more on (\d+) measures?\b", reason)[1]) == len(large)
            assert all(evidence.spoken(name) in reason for name in large)
            assert passed == (len(large) >= 2)
            passed, _ = told["Credibly worse on nothing"]
            assert passed == all(one["log_e_worse"] < math.log(10) for one in found.values())


def test_the_tables_hold_what_the_cells_add_up_to(company):
    """Successes of trials and the ratio to the rest are those of the frozen cells of the weeks they say; every odds in
    the table of watched segments is its e-value's."""
    for _, rows, column in looked_at(company):
        for row in rows:
            start = start_of(company, row)
            listed = tables_signal.numbers(row, company.judged.metrics).set_index("Measure")
            for metric in company.judged.metrics:
                x, _, _, n = company.weekly(metric, row["segment"])[:, start : column + 1]
                said = re.match(r"([\d,]+)\D* of ([\d,]+)", listed.loc[metric.label, "Counts"])
                one = row["metrics"][metric.name]
                assert (_int(said[1]), _int(said[2])) == (one["successes"], one["trials"])
                if one["period_weeks"] == 1:
                    assert (one["successes"], one["trials"]) == (x.sum(), n.sum())
        table = tables_signal.watched(pd.DataFrame(rows), {"industry": "Industry"}, {}).set_index("Segment")
        for row in rows:
            assert pays(table.loc[row["segment"], "On two measures"], row["log_e_two"])
            assert pays(table.loc[row["segment"], "On one"], row["log_e_any"])
            assert table.loc[row["segment"], "Signal"].split(",")[0] == signal.ON_SCREEN[row["state"]]
        order = [row["log_e_two"] for name in table.index for row in rows if row["segment"] == name]
        assert any(map(math.isnan, order)) or order == sorted(order, reverse=True)


def test_the_strips_title_counts_its_weeks(company):
    """Ahead in how many of the last 26 weeks, measure by measure: counted again from the cells."""
    for row, segment in enumerate(company.judged.comparisons["industry"].columns.segments):
        frame = week_standings(company.judged.comparisons["industry"], row, company.weeks)
        shown = frame["week"].nunique()
        counts = {
            str(name): (int((part["standing"] == "ahead").sum()), shown)
            for name, part in frame.groupby("metric", sort=False)
        }
        title = evidence.stages_title(counts)
        for metric in company.judged.metrics:
            o, e, _, n = company.weekly(metric, segment)[:, -shown:]
            sign = -1 if metric.name == CHURN else 1
            ahead = int(((sign * (o - e) > 1e-9) & (n > 0)).sum())
            assert f" {evidence.short(metric.name)} {ahead}" in title
        assert title.endswith(f" of {shown} weeks")


def _began(row):
    """The refresh week in which the state of a row began."""
    return row["since"].date()


def _day(text, now):
    """The date of "3 Aug" or "3 Aug 2025", this year where none is said."""
    parts = text.split()
    return pd.Timestamp(f"{parts[0]} {parts[1]} {parts[2] if len(parts) > 2 else now.year}").date()


def _int(text):
    return int(text.replace(",", ""))


def _weeks(word):
    low = word.lower()
    return gates.NUMBERS.index(low) if low in gates.NUMBERS else int(word)


def _led(found, counted):
    return counted is not None and (float(found[1]), int(found[2]), int(found[3] or 1)) == counted[:3]
