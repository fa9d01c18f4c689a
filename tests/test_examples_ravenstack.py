"""RavenStack's made-up subscriptions, counted again by hand: churn, every row accounted for, no luck told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import DATA, Small
from example_data import ROOT, aside, by_segment, connected, count, example, readme, shown_tables
from scipy.stats import chi2_contingency

from gtm_metrics import alternatives, customers
from gtm_metrics.measures import against, value
from gtm_metrics.question import Question
from gtm_metrics.tallies.known import dimensions

pytestmark = pytest.mark.xdist_group("examples")
RAVENSTACK_THROUGH = date(2024, 12, 31)


@pytest.fixture(scope="module")
def ravenstack(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The RavenStack example on its clean files."""
    return example("ravenstack", data / "ravenstack", tmp_path_factory.mktemp("ravenstack"))


def test_what_ravenstack_does_not_hold_is_not_connected(ravenstack: Small) -> None:
    """Every stage that the files do not hold is not connected, with its reason, and no stand-in takes its place."""
    assert connected(ravenstack) == {"churn"}


def test_ravenstack_four_things_called_churn(ravenstack: Small) -> None:
    """Logo churn is 3 accounts; ended subscriptions, churn events and flags are other things; the README shows all."""
    with duckdb.connect() as con:
        def plain(sql: str, file: str) -> int:
            row = con.execute(f"select {sql} from read_csv(?)", [str(DATA / "ravenstack" / f"ravenstack_{file}.csv")])
            return int((row.fetchone() or (0,))[0])

        called = [plain("count(end_date)", "subscriptions"), plain("count(distinct account_id)", "churn_events"),
                  plain("count(case when churn_flag then 1 end)", "accounts")]
    # ravenstack_subscriptions.csv, ravenstack_churn_events.csv, ravenstack_accounts.csv by plain SQL
    assert called == [486, 352, 110]
    told = ravenstack.tally("churn", RAVENSTACK_THROUGH).closed
    rows = ravenstack.rows("churn", RAVENSTACK_THROUGH)
    assert int(told["successes"].sum()) == int(rows["successes"].sum()) == 3
    assert rows[rows["successes"] > 0]["account_id"].nunique() == 3
    shown = [count(number) for _, number in readme("ravenstack", 2)]
    assert shown == [*called, 3]


def test_ravenstack_logo_churn_by_hand(ravenstack: Small) -> None:
    """The accounts that left are those whose paid subscriptions ended with no other within 30 days, by plain SQL."""
    paid = ("select account_id, start_date, coalesce(end_date, date '9999-12-31') as until from read_csv(?) "
            "where not is_trial")
    with duckdb.connect() as con:
        left = con.execute(
            f"with paid as ({paid}) select distinct p.account_id from paid p where p.until < date '9999-12-31' "
            "and not exists (select 1 from paid q where q.account_id = p.account_id and q.until > p.until "
            "and q.start_date <= p.until + 30) and p.until <= date '2024-12-01'",
            [str(DATA / "ravenstack" / "ravenstack_subscriptions.csv")]).fetchall()
    rows = ravenstack.rows("churn", RAVENSTACK_THROUGH)
    assert {account for (account,) in left} == set(rows[rows["successes"] > 0]["account_id"])


def test_ravenstack_dimensions(ravenstack: Small) -> None:
    """Industry comes first, then country, referral source, plan tier and seats in bands; the churn flag is none."""
    names = [dimension.name for dimension in dimensions(ravenstack.warehouse, ravenstack.company)]
    assert names[:5] == ["industry", "country", "lead_source", "plan_tier", "seats"]
    assert "churn_flag" not in names
    weeks = [trials for _, trials in by_segment(ravenstack, "churn", "industry", RAVENSTACK_THROUGH).values()]
    text = (ROOT / "examples" / "ravenstack" / "README.md").read_text(encoding="utf-8")
    assert f"(3 in {sum(weeks):,} customer-weeks" in text
    assert set(by_segment(ravenstack, "churn", "seats", RAVENSTACK_THROUGH)) == {
        "under 10", "10 to 24", "25 to 49", "50 and more"}


def test_ravenstack_rows_are_accounted_for(ravenstack: Small, tmp_path: Path) -> None:
    """Rows read = used + set aside by reason, in the clean files and in the dirty ones, as the README says."""
    clean = {table: (count(read), count(used), aside(rest)) for table, _, read, used, rest in readme("ravenstack", 5)}
    dirty = {table: (count(read), count(used), aside(rest)) for table, read, used, rest in readme("ravenstack", 4)}
    assert shown_tables(ravenstack) == clean
    assert shown_tables(example("ravenstack", DATA / "ravenstack" / "messy", tmp_path)) == dirty


def test_ravenstack_nothing_sets_its_customers_apart(ravenstack: Small) -> None:
    """Customers were dealt out by lot: neither referral source nor industry is told of the best or of the worst."""
    told = value.grouped(ravenstack.warehouse, ravenstack.company, Question(RAVENSTACK_THROUGH))
    assert {"lead_source", "industry"} <= {each.name for each in told.attributes}
    found = customers.traits(told.frame)
    assert found["tried"].iloc[0] > 20
    apart = found[found["status"] == customers.FOUND]
    assert not set(apart["attribute"]) & {"lead_source", "industry"}


def test_ravenstack_names_nothing_to_beat(ravenstack: Small) -> None:
    """Without deals there is no alternative, and the sentence says which table it takes."""
    told = against(ravenstack.warehouse, ravenstack.company, Question(RAVENSTACK_THROUGH))
    assert (told.status, len(told.frame)) == ("not_connected", 0)
    assert "opportunities" in told.why


@pytest.mark.parametrize(("name", "by", "chance"), [
    ("referral_source", "industry", 0.0794), ("industry", "referral_source", 0.0657)])
def test_ravenstack_nothing_is_beaten_by_luck(data: Path, name: str, by: str, chance: float) -> None:
    """Its churn flags taken for deals lost against a referral source or an industry, which were dealt by lot: no row
    is told, over all or by the other one."""
    accounts = pd.read_csv(data / "ravenstack" / "ravenstack_accounts.csv")
    # Pearson's chi-square over the 500 accounts of the file
    split = pd.crosstab(accounts[name], accounts["churn_flag"])
    assert chi2_contingency(split, correction=False).pvalue == pytest.approx(chance, abs=5e-5)
    outcome = accounts["churn_flag"].map({True: "lost", False: "won"})
    frame = pd.DataFrame({"segment": accounts[by], "alternative": accounts[name], "outcome": outcome, "n": 1})
    rows = alternatives.alternatives(frame, 30)
    assert rows["p"].notna().sum() > 5
    assert not set(rows["status"]) & {"ahead", "behind"}
