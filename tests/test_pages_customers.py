"""The Best-fit page on the demo's companies, without a browser: what is found, what is read, what is missing."""

from __future__ import annotations

import re

import apps
import pytest
from test_pages import assert_fine, assert_harmless
from visits import Visitor

from gtm_metrics import demo, words

pytestmark = pytest.mark.xdist_group("pages customers")


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """(app, page, **query) -> what is seen there."""
    return Visitor(apps.shared_folder(tmp_path_factory), {})


def test_the_planted_trait_is_the_title(visit: Visitor) -> None:
    """The winner's page names the buying team that good customers have, with its numbers in title, chart and table."""
    shown = visit("winner", "best-fit")
    attribute, value = demo.TRUTH["winner"].fond or ("", "")
    title = shown.titles[0].replace(words.NO_BREAK, " ")
    found = re.fullmatch(rf"Team {value}: (\d+) % of the best customers, (\d+) % of all", title)
    assert attribute == "team"
    assert found
    assert int(found[1]) > 2 * int(found[2])
    written, alt = shown.charts[0]
    assert f"Team: {value}" in written
    assert f"Team: {value}: best" in alt
    best = shown.tables["Traits of the best tenth beside all customers"]
    inside, size = map(int, re.findall(r"\d+", best.iloc[0]["Here"]))
    assert best.iloc[0]["Trait"] == f"Team: {value}"
    assert round(100 * inside / size) == int(found[1])
    assert best.iloc[0]["q"] == "< 0.01"
    assert any("no negative persona" in text for text in shown.texts)


def test_small_but_loved_is_named_without_a_rate(visit: Visitor) -> None:
    """The loved industry of the winner stands with counts and accounts, and no percentage."""
    shown = visit("winner", "best-fit")
    loved = demo.TRUTH["winner"].loved
    text = next(text for text in shown.texts if text.startswith(f"**{loved}**"))
    assert re.search(r"\d+ of its \d+ customers", text)
    assert "%" not in text
    accounts = shown.tables[f"Customers of {loved}, the best first"]
    assert 3 <= len(accounts) <= 5
    assert accounts["Account"].str.len().gt(0).all()
    assert {"Pays a month", "Weeks used", "NPS", "Referred"} <= set(accounts.columns)


def test_parts_of_the_score_are_in_sight(visit: Visitor) -> None:
    """The best by name, in order of place, each part a rank from 0 to 100, their score the parts' mean."""
    best = visit("winner", "best-fit").tables["Customers by name: best"]
    assert list(best["Place"]) == list(range(1, 11))
    parts = best[["Retention", "Advocacy", "Engagement", "Revenue"]].astype(float)
    assert parts.stack().between(0, 100).all()
    whole = parts.dropna()
    assert (whole.mean(axis=1) - best.loc[whole.index, "Score"]).abs().max() <= 1
    assert best["CRM"].str.startswith("https://").all()


def test_customers_from_hell_have_their_four_numbers(visit: Visitor) -> None:
    """Discount, tickets a month, touches and calls, life: those whom deep discounts brought are named."""
    shown = visit("winner", "best-fit", list="hell")
    hell = shown.tables["Customers by name: from hell"]
    assert len(hell) == 10
    assert {"Discount", "Tickets a month", "Touches and calls", "Life"} <= set(hell.columns)
    assert hell["Discount"].str.extract(r"(\d+)")[0].astype(int).ge(30).sum() >= 5


def test_few_are_read_side_by_side(visit: Visitor) -> None:
    """The small company's best tenth is ten accounts: no lift, no claim, each account a column of what is known."""
    shown = visit("small", "best-fit")
    assert re.match(r"10 of \d+ customers pay \d+.% of MRR: read them one by one", shown.titles[0])
    assert "Traits of the best tenth beside all customers" not in shown.tables
    side_by_side = [frame for alt, frame in shown.tables.items() if alt.startswith("The best customers side by side")]
    assert [len(frame.columns) for frame in side_by_side] == [6, 6]
    assert {"Pays a month", "Industry", "Won because"} <= set(side_by_side[0].iloc[:, 0])
    text = " ".join(shown.texts)
    assert "Too few for a negative persona" in text
    assert "usage\\_weeks is not connected" in text
    assert "the weights of the others are rescaled" in text


def plain(text: str) -> str:
    """A text without what keeps Markdown from reading it, and with spaces that break."""
    return text.replace("\\", "").replace(words.NO_BREAK, " ")


def test_pairs_of_traits_are_there_on_demand(visit: Visitor) -> None:
    """By the address `traits=two`: pairs with their counts and how many were tried; else single traits."""
    shown = visit("winner", "best-fit", traits="two")
    assert_fine(shown)
    pairs = shown.tables["Pairs of traits of the best tenth beside all customers"]
    assert pairs["Trait"].str.contains(" × ").all()
    assert "Traits of the best tenth beside all customers" not in shown.tables
    assert any(re.match(r"[\d,]+ pairs tried", text) for text in shown.texts)
    assert any(re.match(r"[\d,]+ traits tried", text) for text in visit("winner", "best-fit").texts)


def test_home_names_nobody_where_nobody_is_known_to_fit(visit: Visitor) -> None:
    """The small company has no profile, and of accounts alone none could be made: home has no look-alikes there."""
    for name in ("small", "accounts only"):
        shown = visit(name, "home")
        assert_fine(shown)
        assert "Look-alikes to call" not in shown.tables
    assert len(visit("winner", "home").tables["Look-alikes to call"]) == 5


SEVEN = "The seven criteria of an ideal customer, in data and in words"


def test_the_seven_criteria_stand_beside_everyone_else(visit: Visitor) -> None:
    """The winner's profile and, where asked for, its best tenth: counts of both sides; what the score counts is not
    compared, and the sizes of the sides add up to the customers."""
    for query, group in (({}, "The profile"), ({"criteria": "best"}, "The best tenth")):
        shown = visit("winner", "best-fit", **query)
        assert_fine(shown)
        table = shown.tables[SEVEN]
        sizes = [int(re.sub(r"\D", "", name)) for name in table.columns[2:4]]
        assert table.columns[2].startswith(group)
        assert sum(sizes) == int(re.findall(r"n = (\d+) customers", " ".join(shown.texts))[0])
        assert [name for name in table["Criterion"] if name] == [
            "Ready", "Willing", "Able", "Can be made successful", "Cost-effective to acquire", "Room to grow",
            "Will advocate"]
        brought = table.loc[table["In the data"].str.contains("brought"), "Reading"]
        assert [plain(cell) for cell in brought] == ["in the score: not compared"]
    assert re.fullmatch(r"\d+ % \(\d+ of 51\)", plain(table.iloc[0, 2]))


def test_criteria_without_data_say_which_table_they_take(visit: Visitor) -> None:
    """The small company has no touches, no calls and no answers: no data, and never 0; ten accounts are counts."""
    shown = visit("small", "best-fit")
    said = ("Data speak to four of the seven criteria. Nobody can tell of yet: willing, cost-effective to acquire, "
            "will advocate.")
    assert said in [plain(text) for text in shown.texts]
    table = shown.tables[SEVEN].set_index("Criterion")
    assert table.loc["Willing"].iloc[1:3].tolist() == ["no data", "no data"]
    assert plain(table.loc["Willing", "Reading"]).startswith("touches is not connected")
    assert plain(table.loc["Ready"].iloc[1]) == "10 of 10"
    assert table.loc["Ready", "Reading"] == "too few to compare"


def test_where_nothing_differs_nothing_is_claimed(visit: Visitor) -> None:
    """Without planted traits the title says how many were tried and that none sets the best apart."""
    assert re.match(r"Nothing sets the best \d+ of \d+ customers apart: \d+ traits tried",
                    visit("no-winner", "best-fit").titles[0])


def test_without_customers_the_page_says_what_is_missing(visit: Visitor) -> None:
    """A warehouse that holds accounts alone: no score, and which table it takes."""
    shown = visit("accounts only", "best-fit")
    assert_fine(shown)
    assert shown.titles == ("No customer can be scored yet",)
    assert any("subscriptions" in text for text in shown.texts)


def test_the_board_page_is_finding_chart_and_footnote(visit: Visitor) -> None:
    """One chart with its footnote, no table and no picker."""
    shown = visit("winner", "best-fit", view="board")
    assert_fine(shown)
    assert len(shown.charts) == 1
    assert shown.tables == {}
    assert any("n = 511 customers" in text or re.search(r"n = \d+ customers", text) for text in shown.texts)


def test_hostile_names_stay_names(visit: Visitor) -> None:
    """Whatever segments, accounts and owners are called, it is shown as it is written."""
    for chosen in ("best", "worst", "hell"):
        shown = visit("odd", "best-fit", list=chosen)
        assert_fine(shown)
        assert_harmless(shown)
