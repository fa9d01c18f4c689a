"""Alternatives: every deal in one row, names folded and never guessed, no winner out of noise."""

from __future__ import annotations

import math
import random
from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import oracle
import oracle_alternatives as by_hand
import pandas as pd
import pytest
import random_companies as companies
from commands import Demos, asked_json, demos_in

from gtm_metrics import alternatives as judged
from gtm_metrics import demo
from gtm_metrics.company.settings import STATUS_QUO
from gtm_metrics.estimates import exact_p
from gtm_metrics.measures import against, champions, discounts
from gtm_metrics.question import ALL, Question
from gtm_metrics.tables import alternatives as tables_alternatives
from gtm_metrics.words import alternatives as said


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Demos:
    """The stories' warehouses of this test run."""
    return demos_in(tmp_path_factory.getbasetemp())


TODAY = date(2026, 6, 30)
SETTINGS = {"segments": {"dimensions": ["industry"]}, "metrics": {"minimum_trials": 10}}
QUO, NONE = judged.STATUS_QUO, judged.NOT_RECORDED


def asked(told: Any, as_of: date = TODAY, **more: Any) -> tuple[Any, ...]:
    """Warehouse, company and a question about the accounts drawn in one test."""
    scope = (("trap", told.trap),)
    return told.small.warehouse, told.small.company, Question(as_of, weeks=None, scope=scope, **more)


def table(told: Any, as_of: date = TODAY, **more: Any) -> dict[tuple[str, str], tuple[int, int, int]]:
    """{(segment, alternative): (won, lost, no decision)}."""
    rows = judged.alternatives(judged.named(against(*asked(told, as_of, **more)).frame, STATUS_QUO), 10)
    return {(r["segment"], r["alternative"]): (r["won"], r["lost"], r["no_decision"]) for r in rows.to_dict("records")}


def test_a_deal_stands_in_one_row_under_its_own_alternative(told):
    """Spellings are one name, a status quo's word counts whole alone, nothing on record stays apart; only new deals.

    opportunities | account | created_at | closed_at  | outcome     | competitor  | type
                  | a       | 2026-01-01 | 2026-02-02 | won         | Quillmark   |
                  | b       | 2026-01-01 | 2026-02-02 | lost        | QUILL-MARK  | new
                  | c       | 2026-01-01 | 2026-02-02 | lost        | quillmark   |
                  | d       | 2026-01-01 | 2026-02-02 | no_decision | Quillmark   |
                  | e       | 2026-01-01 | 2026-02-02 | lost        | Internly    |
                  | f       | 2026-01-01 | 2026-02-02 | lost        | an Intern   |
                  | g       | 2026-01-01 | 2026-02-02 | no_decision | In-House    |
                  | h       | 2026-01-01 | 2026-02-02 | no_decision |             |
                  | i       | 2026-01-01 | 2026-02-02 | lost        |             |
                  | j       | 2026-01-01 | 2026-02-02 | lost        | Quillmark   | renewal
                  | k       | 2026-01-01 | 2026-02-02 | won         | Quillmark   | expansion
                  | l       | 2026-01-01 |            |             | Quillmark   |
    """
    found = table(told)
    assert found == {
        (ALL, "(all)"): (1, 5, 3), (ALL, "Quillmark"): (1, 1, 1), (ALL, QUO): (0, 1, 1), (ALL, "Internly"): (0, 1, 0),
        (ALL, "QUILL-MARK"): (0, 1, 0), (ALL, NONE): (0, 1, 1),
    }  # fmt: skip
    rows = judged.alternatives(judged.named(against(*asked(told)).frame, STATUS_QUO), 10)
    losses = judged.losses(rows)
    # all three that ended in no decision, and the one lost to an intern; the one that names nobody is nobody's
    assert (losses.to_status_quo, losses.to_rivals, losses.unknown) == (4, 3, 1)
    assert losses.to_status_quo + losses.to_rivals + losses.unknown == losses.not_won == 8


def test_a_competitor_is_known_when_the_deal_is_closed(told):
    """On the day before the close there is no decided deal and no competitor; on the day there is.

    opportunities | account | created_at | closed_at  | outcome | competitor
                  | a       | 2026-01-01 | 2026-02-08 | lost    | Norvane
    """
    assert table(told, date(2026, 2, 7)) == {(ALL, "(all)"): (0, 0, 0)}
    assert table(told, date(2026, 2, 8)) == {(ALL, "(all)"): (0, 1, 0), (ALL, "Norvane"): (0, 1, 0)}


def test_a_champion_named_after_the_decision_stands_apart(told):
    """Named before or on the day counts for the function; named later stands apart, and is unknown until then.

    opportunities | account | created_at | closed_at  | outcome | champion_title    | champion_named_at| people_involved
                  | a       | 2026-01-01 | 2026-02-02 | won     | Head of Marketing | 2026-02-02        | 1
                  | b       | 2026-01-01 | 2026-02-02 | won     | Head of Marketing | 2026-03-01        | 3
                  | c       | 2026-01-01 | 2026-02-02 | lost    | VP Finance        |                   | 7
                  | d       | 2026-01-01 | 2026-02-02 | lost    |                   |                   |
                  | e       | 2026-01-01 | 2026-02-02 | lost    | Wizard            | 2026-01-05        | 6
    """
    def groups(frame: pd.DataFrame) -> dict[str, tuple[int, int]]:
        return {row["group"]: (row["won"], row["decided"]) for row in frame.to_dict("records")}

    now, then = (champions(*asked(told, day)).frame for day in (TODAY, date(2026, 2, 10)))
    assert groups(judged.by_function(now, 10)) == {
        "finance": (0, 1), "marketing": (1, 1), "other": (0, 1), judged.AFTERWARDS: (1, 1), NONE: (0, 1)}
    assert groups(judged.by_function(then, 10)) == {
        "finance": (0, 1), "marketing": (1, 1), "other": (0, 1), NONE: (1, 2)}
    assert groups(judged.by_people(now, 10)) == {
        "1": (1, 1), "2 to 3": (1, 1), "4 to 6": (0, 1), "7 and more": (0, 1), NONE: (0, 1)}


def test_discounts_are_set_beside_what_became_of_the_won(told):
    """Whole per cent of the list price; a year's end counts for those whose subscription began a year ago alone.

    opportunities | account | created_at | closed_at  | outcome | amount | list_amount
                  | a       | 2025-01-01 | 2025-02-03 | won     | 85     | 100
                  | b       | 2025-01-01 | 2025-02-03 | won     | 70     | 100
                  | c       | 2026-01-01 | 2026-02-02 | won     | 100    | 100
                  | d       | 2026-01-01 | 2026-02-02 | lost    | 70     | 100
                  | e       | 2026-01-01 | 2026-02-02 | lost    | 70     |
    subscriptions | account | started_on | ended_on   | mrr
                  | a       | 2025-02-10 | 2025-08-01 | 10
                  | b       | 2025-02-10 | 2026-03-01 | 10
                  | c       | 2026-02-10 | 2026-03-01 | 10
    """
    rows = judged.by_discount(discounts(*asked(told)).frame, 10).to_dict("records")
    assert {r["band"]: (r["won"], r["decided"], r["ended"], r["year"]) for r in rows} == {
        "none": (1, 1, 0, 0), "1 to 10 %": (0, 0, 0, 0), "11 to 20 %": (1, 1, 1, 1), "over 20 %": (1, 2, 0, 1)}


def test_the_top_tenth_is_at_most_a_tenth():
    """Of twenty given discounts the two deepest are deep; three that tie are more than a tenth, so none of them is."""
    def frame(*percents: int) -> pd.DataFrame:
        return pd.DataFrame({"percent": percents, "outcome": "won", "n": 1})

    assert judged.deep_from(frame(*range(1, 21))) == 19
    assert judged.deep_from(frame(*[5] * 17, 30, 30, 30)) is None
    assert judged.deep_from(frame(*[0] * 20)) is None


@pytest.mark.parametrize(("title", "function"), [
    ("Head of Marketing", "marketing"), ("CTO & Co-Founder", "IT"), ("Founder", "executive"),
    ("RevOps Lead", "operations"),
    ("VP, Sales", "sales"), ("Auditor", "other"), ("  ", NONE), (None, NONE), ("Head of Digital", "other")])
def test_a_title_is_a_function_by_whole_words(title: str | None, function: str) -> None:
    """The word table decides; "it" inside another word does not."""
    assert judged.function_of(title) == function


@pytest.mark.parametrize("seed", range(6))
def test_every_count_is_plain_pythons(warehouse_of: Any, seed: int) -> None:
    """By industry on random companies: the rows of a loop over the deals, spellings mixed, nothing lost or twice."""
    chance = random.Random(seed)
    company = companies.a_company(chance, 1 + seed % 2)
    names = ["Acme", " acme", "ACME", "Bolt", "a spreadsheet", "Nothing", "Internly", None]
    for deal in company["opportunities"]:
        deal["competitor"] = chance.choice(names)
    small = warehouse_of(companies.frames_of(company), companies.TODAY)
    industry = {row["account_id"]: row["industry"] or "(not set)" for row in company["accounts"]}
    want: Counter[tuple[str, str, str]] = Counter()
    quo = {"a spreadsheet": QUO, "Nothing": QUO, None: NONE, "Bolt": "Bolt", "Internly": "Internly"}
    for deal in company["opportunities"]:
        closed = deal.get("closed_at")
        sunday = closed and closed.date().toordinal() + 6 - closed.weekday()
        if deal.get("type") in (None, "new") and deal.get("outcome") and closed:
            if sunday > companies.TODAY.toordinal():
                continue
            name = quo.get(deal["competitor"], "acme")
            want[industry[deal["account_id"]], name, deal["outcome"]] += 1
    found = against(small.warehouse, small.company, Question(companies.TODAY, ("industry",), weeks=None)).frame
    told: Counter[tuple[str, str, str]] = Counter()
    for row in judged.alternatives(judged.named(found, STATUS_QUO), 30).to_dict("records"):
        if row["segment"] != ALL and row["alternative"] != "(all)":
            name = row["alternative"].lower() if row["alternative"].lower() == "acme" else row["alternative"]
            for outcome in ("won", "lost", "no_decision"):
                told[row["segment"], name, outcome] += row[outcome]
    assert +told == want
    assert sum(want.values()) > 10


@pytest.mark.parametrize("seed", range(6))
def test_champions_people_and_discounts_are_plain_pythons(warehouse_of: Any, seed: int) -> None:
    """On random companies, some of them dirty: every group's won, decided, ended and year are those of a loop over the
    rows, at the end and on a day of the past when some champions were not named yet."""
    chance = random.Random(100 + seed)
    drawn_by = companies.a_company(chance, 1 + seed % 2, accounts=60, dirty=seed > 2)
    company = by_hand.with_champions_and_prices(drawn_by, chance)
    small = warehouse_of(companies.frames_of(company), companies.TODAY)
    used, _ = oracle.tidied(company, companies.TODAY)
    for as_of in (companies.TODAY, date(2025, 2, 16)):
        question = (small.warehouse, small.company, Question(as_of, weeks=None))
        counted = champions(*question).frame
        for told, want in ((judged.by_function(counted, 10), by_hand.by_function(used, as_of)),
                           (judged.by_people(counted, 10), by_hand.by_people(used, as_of))):
            assert {row["group"]: (row["won"], row["decided"]) for row in told.to_dict("records")} == want
            assert len(want) > 4
        bands = judged.by_discount(discounts(*question).frame, 10).to_dict("records")
        want_bands = by_hand.by_discount(used, as_of)
        assert {row["band"]: (row["won"], row["decided"], row["ended"], row["year"])
                for row in bands if row["band"] in want_bands} == want_bands
        assert sum(year for *_, year in want_bands.values()) > 0


def drawn(seed: int, better: float = 0.25) -> pd.DataFrame:
    """Deals of six segments against five alternatives, a quarter won whatever they are; "b" at another rate."""
    chance = np.random.default_rng(seed)
    rows = []
    for segment in "uvwxyz":
        for name in "abcde":
            won = int(chance.binomial(60, better if name == "b" else 0.25))
            rows += [(segment, name, "won", won), (segment, name, "lost", 60 - won)]
    return pd.DataFrame(rows, columns=["segment", "alternative", "outcome", "n"])


def told_of(frame: pd.DataFrame) -> bool:
    """Whether any alternative of the table is told to stand apart."""
    return bool(judged.alternatives(frame, 30)["status"].isin(["ahead", "behind"]).any())


def test_no_winner_is_picked_out_of_noise_and_a_real_one_is_found():
    """Where nothing differs, at most 2 in 100 tables tell anything (1 of alternatives, 1 of cells; here 400, two
    standard errors over); an alternative that half as many are won against is found in nearly all."""
    claimed = sum(told_of(drawn(seed)) for seed in range(400))
    assert claimed <= 400 * 0.02 + 2 * np.sqrt(400 * 0.02 * 0.98)
    rows = [judged.alternatives(drawn(seed, 0.12), 30).set_index(["segment", "alternative"]) for seed in range(40)]
    assert sum(table.loc[(ALL, "b"), "status"] == "behind" for table in rows) >= 38
    assert set(rows[0].loc[ALL, "tried"]) == {5}
    assert set(rows[0].loc["u", "tried"]) == {30}


def test_what_is_said_of_an_alternative_does_not_hang_on_the_dimension():
    """Cells that stand apart lend the alternatives nothing: over all, q is that of the table without segments."""
    frame = drawn(3, 0.17)
    frame.loc[(frame["segment"] == "u") & (frame["outcome"] == "won"), "n"] = 55
    frame.loc[(frame["segment"] == "u") & (frame["outcome"] == "lost"), "n"] = 5
    split, whole = (judged.alternatives(each, 30) for each in (frame, frame.assign(segment="")))
    assert (split["status"] == "ahead").sum() > 3
    names = ["alternative", "p", "q", "tried", "status"]
    pd.testing.assert_frame_equal(split.loc[split["segment"] == ALL, names], whole.loc[whole["segment"] == ALL, names])


def test_who_looks_every_month_of_a_year_is_told_little_that_is_luck():
    """Deals of a quarter looked at thirteen times a year, alternatives dealt by lot: of 40 companies about one in ten
    is ever told anything (two standard errors over); at q 0.05 it is 17 of them."""
    chance, ever = np.random.default_rng(7), 0
    for _ in range(40):
        week = np.repeat(np.arange(65), chance.poisson(20, 65))
        deals = pd.DataFrame({
            "segment": chance.choice(list("uvw"), len(week)),
            "alternative": chance.choice(list("abcde"), len(week), p=[0.55, 0.17, 0.12, 0.09, 0.07]),
            "outcome": np.where(chance.random(len(week)) < 0.26, "won", "lost"), "n": 1})
        ever += any(told_of(deals[(week >= end - 13) & (week < end)]) for end in range(13, 66, 4))
    assert ever <= 40 * 0.10 + 2 * np.sqrt(40 * 0.10 * 0.90)


def test_a_small_company_is_counted_and_not_rated():
    """Below the minimum there are counts, and neither rate nor ratio nor claim."""
    names = ["segment", "alternative", "outcome", "n"]
    frame = pd.DataFrame([("u", "a", "won", 9), ("u", "b", "lost", 29)], columns=names)
    rows = judged.alternatives(frame, 30).set_index(["segment", "alternative"])
    assert rows.loc[(ALL, "b"), ["won", "decided", "close_rate", "ratio", "q"]].tolist() == [0, 29, None, None, None]
    assert rows.loc[(ALL, "b"), "status"] == "too_early"
    assert rows.loc[(ALL, "(all)"), "close_rate"] == pytest.approx(9 / 38)


def test_the_exact_p_is_fishers():
    """Fisher's tea: 3 of 4 right, 17 of 70 draws as good or better; doubled, as the split is even."""
    # Fisher (1935), The Design of Experiments: P(3 or more of 4) = 17/70
    assert exact_p(3, 4, 8, 4) == pytest.approx(2 * 17 / 70)
    assert exact_p(2, 4, 8, 4) == 1.0


def test_effort_and_wins_stand_beside_each_other():
    """Half of the effort and 10 of 100 wins is little; 60 of 100 wins from a quarter of the effort is much."""
    spent, won, decided = {"u": 500, "v": 250, "w": 250}, {"u": 10, "v": 60, "w": 30}, {"u": 200, "v": 200, "w": 20}
    rows = judged.effort_and_wins(spent, won, decided, 30).set_index("segment")
    assert rows["status"].to_dict() == {"u": "little_comes_out", "v": "much_comes_out", "w": "too_early"}
    assert rows.loc["u", ["effort_share", "win_share"]].tolist() == [0.5, 0.1]
    # of 100 coins at most 10 heads, doubled: sum of C(100, k) for k = 0 to 10, by 2^99
    assert rows.loc["u", "p"] == pytest.approx(sum(math.comb(100, k) for k in range(11)) / 2**99)


def test_effort_dealt_by_lot_is_no_finding():
    """Wins that fall to nine segments by their share of effort: at most 1 in 100 companies is told of any (here 400,
    two standard errors over). An interval a segment, as it is shown, would tell a third of them."""
    chance, told, apart = np.random.default_rng(5), 0, 0
    for _ in range(400):
        shares = chance.dirichlet(np.full(9, 8.0))
        names = [f"s{n}" for n in range(9)]
        spent = dict(zip(names, np.round(5000 * shares), strict=True))
        won = dict(zip(names, (int(n) for n in chance.multinomial(200, shares)), strict=True))
        rows = judged.effort_and_wins(spent, won, dict.fromkeys(names, 90), 30)
        told += rows["status"].isin(["little_comes_out", "much_comes_out"]).any()
        apart += ((rows["win_low"] > rows["effort_share"]) | (rows["win_high"] < rows["effort_share"])).any()
    assert told <= 400 * 0.01 + 2 * np.sqrt(400 * 0.01 * 0.99)
    assert apart > 100


def test_the_demos_own_alternatives_are_found(demos: Demos) -> None:
    """gtm-metrics alternatives names the demo's vendors and one status quo, which takes more of the no decisions."""
    rows = asked_json(demos("winner"), "alternatives", "--weeks", "52")
    by_name = {row["alternative"]: row for row in rows}
    assert set(by_name) == {"(all)", QUO, NONE, *demo.words.VENDORS}
    assert sum(row["decided"] for name, row in by_name.items() if name != "(all)") == by_name["(all)"]["decided"]
    # 0.75 of those that ended in no decision, 0.35 of those that were lost, are drawn against the status quo
    rivals = sum(by_name[name]["no_decision"] for name in demo.words.VENDORS)
    assert by_name[QUO]["no_decision"] > 2 * rivals


def test_a_column_with_a_rate_is_wide_enough_for_it() -> None:
    """Columns that hold a rate anywhere are named, those of counts alone are not."""
    chance = np.random.default_rng(1)
    cells = [("u", "a", 40), ("u", "b", 4), ("v", "a", 3), ("v", "b", 5), ("v", "c", 2)]
    deals = [(*cell[:2], "won" if chance.random() < 0.3 else "lost", 1) for cell in cells for _ in range(cell[2])]
    frame = pd.DataFrame(deals, columns=["segment", "alternative", "outcome", "n"])
    shown = tables_alternatives.by_segment(judged.alternatives(frame, 30))
    assert list(shown.columns) == ["Segment", "All decided deals", "a", "b", "c"]
    assert tables_alternatives.rated(shown) == ["All decided deals", "a"]


def rows_of(*groups: tuple[str, str, int]) -> pd.DataFrame:
    """The judged rows of (alternative, outcome, n)."""
    frame = pd.DataFrame(groups, columns=["alternative", "outcome", "n"]).assign(segment="")
    return judged.alternatives(frame, 30)


@pytest.mark.parametrize(("groups", "title"), [
    ([(QUO, "no_decision", 50), ("Bolt", "lost", 30), ("Bolt", "won", 20)],
     "62 % of what we lose goes to the status quo, not to a rival"),
    ([(QUO, "no_decision", 3), ("Bolt", "lost", 4)], "3 of 7 deals not won went to the status quo"),
    ([(NONE, "lost", 40), ("Bolt", "lost", 4)], "Most of what we lose, we lose to nobody on record"),
    ([("Bolt", "lost", 40), ("Acme", "lost", 40), (QUO, "lost", 20)],
     "Rivals take 80 % of what we lose, the status quo less"),
    ([("Bolt", "lost", 90), ("Bolt", "won", 10), ("Acme", "lost", 40), ("Acme", "won", 60)],
     "Bolt beats us most: we win 10 % against it"),
    ([("Bolt", "won", 3)], "All 3 decided deals in this window were won"),
])  # fmt: skip
def test_the_title_is_the_finding_in_a_line(groups: list[tuple[str, str, int]], title: str) -> None:
    """What takes most of what is not won; counts where there are few; never more than 15 words."""
    told = said.title(judged.finding(rows_of(*groups)), 30)
    assert told.replace("\u00a0", " ") == title
    assert len(told.split()) <= 15


def test_a_company_that_names_no_alternative_is_told_so() -> None:
    """Without a competitor on record the paragraph says what is missing, and claims no comparison."""
    found = judged.finding(rows_of((NONE, "lost", 40), (NONE, "won", 10)))
    told = said.paragraph(found, 30, named=False)
    assert "opportunities.competitor is not connected" in told
    assert "told apart" not in told
