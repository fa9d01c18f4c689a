"""The examples against the real files: known answers by plain SQL, and every number in their READMEs.

The files are not part of the project. They are looked for in the folder that GTM_SHARED_DATA names, else in
../shared/data beside the project; where they are not, these tests are skipped and say so.
"""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import Small, WarehouseOf
from scipy.stats import chi2_contingency

from gtm_metrics import alternatives, customers
from gtm_metrics.company import read_company
from gtm_metrics.measures import against, value
from gtm_metrics.question import Question
from gtm_metrics.sources import layout_folder
from gtm_metrics.tallies import metrics_of, offered
from gtm_metrics.tallies.known import dimensions, known
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_folder
from gtm_metrics.warehouse.layout import header

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("GTM_SHARED_DATA") or ROOT.parent / "shared" / "data")
pytestmark = pytest.mark.xdist_group("examples")

TODAY = date(2026, 1, 31)
OLIST_THROUGH = date(2018, 11, 14)
RAVENSTACK_THROUGH = date(2024, 12, 31)

SELLERS = """
    select seller_id as account_id, min(business_segment) as business_segment, min(lead_type) as lead_type,
           cast(min(won_date) as date) as won_on, round(min(gmv), 2) as mrr
    from read_csv($deals, all_varchar = true)
    join (select seller_id, cast(replace(gmv, ',', '.') as double) as gmv
          from read_csv($sellers, delim = ';', header = true, all_varchar = true)) using (seller_id)
    group by seller_id
"""
"""A row a won seller that sold: its segment, when it was won and the merchandise it sold."""

ORIGINS = {
    "organic_search": (219, 2296), "paid_search": (150, 1586), "social": (59, 1350), "unknown": (157, 1099),
    "direct_traffic": (50, 499), "email": (12, 493), "referral": (21, 284), "(not set)": (12, 60),
}


def example(name: str, source: Path, folder: Path) -> Small:
    """An example's own gtm.toml and layout over a folder of files, loaded into `folder`."""
    settings = ROOT / "examples" / name / "gtm.toml"
    target = folder / f"{name}.duckdb"
    company = read_company(settings, {"GTM_WAREHOUSE": f"duckdb:///{target}"})
    layout = layout_folder(company.layout, company.folder)
    assert layout is not None
    load_folder(source, target, layout, TODAY, {edge for edge, _ in company.edges}, lambda _line: None)
    return Small(connect(company, TODAY), company)


@pytest.fixture(scope="module")
def data() -> Path:
    """The folder of the real files; without it the test is skipped."""
    if not (DATA / "olist").is_dir() or not (DATA / "ravenstack").is_dir():
        pytest.skip("the examples' files are in neither GTM_SHARED_DATA nor ../shared/data: nothing to check against")
    return DATA


@pytest.fixture(scope="module")
def olist(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The Olist example."""
    return example("olist", data / "olist", tmp_path_factory.mktemp("olist"))


@pytest.fixture(scope="module")
def ravenstack(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Small:
    """The RavenStack example on its clean files."""
    return example("ravenstack", data / "ravenstack", tmp_path_factory.mktemp("ravenstack"))


def readme(name: str, width: int) -> list[list[str]]:
    """The rows of the tables of an example's README that have `width` columns, as their cells, heads aside."""
    lines = (ROOT / "examples" / name / "README.md").read_text(encoding="utf-8").splitlines()
    body = [line for line, under in zip(lines, [*lines[1:], ""], strict=True)
            if line.startswith("| ") and not line.startswith("| ---") and not under.startswith("| ---")]
    rows = [[cell.strip(" `*") for cell in line.strip("|").split("|")] for line in body]
    return [row for row in rows if len(row) == width]


def count(text: str) -> int:
    """A number as a README writes it."""
    return int(re.sub(r"\D.*", "", text.replace(",", "")))


def by_segment(small: Small, metric: str, dimension: str, as_of: date) -> dict[str, tuple[int, int]]:
    """{segment: (successes, trials)} over all closed weeks."""
    told = small.tally(metric, as_of, by=(dimension,))
    assert told.status == "ok", told.why
    sums = told.closed.groupby("segment")[["successes", "trials"]].sum()
    return {str(segment): (int(row["successes"]), int(row["trials"])) for segment, row in sums.iterrows()}


def won_of_may(small: Small, as_of: date) -> tuple[int, int]:
    """How many of the opportunities created in May 2018 are won, and how many there are, as of a day."""
    deals = known(small.warehouse, "opportunities", as_of)
    of_may = deals.c.created_at.between(date(2018, 5, 1), date(2018, 6, 1))
    query = sa.select(sa.func.count(deals.c.outcome).label("won"), sa.func.count().label("n")).where(of_may)
    row = small.warehouse.read(query).iloc[0]
    return int(row["won"]), int(row["n"])


def test_olist_counts_every_lead(olist: Small) -> None:
    """Every lead is an account and an opportunity, and 842 of the 8,000 were won by the last day of the data."""
    assert olist.warehouse.data_through == OLIST_THROUGH
    for table in ("accounts", "opportunities"):
        relation = olist.warehouse.relations[table]
        # olist_marketing_qualified_leads_dataset.csv: 8,000 rows, mql_id unique
        assert (relation.rows_read, relation.rows_set_aside) == (8000, 0)
    deals = known(olist.warehouse, "opportunities", OLIST_THROUGH)
    won = olist.warehouse.read(sa.select(sa.func.count().label("n")).where(deals.c.outcome == "won"))
    # olist_closed_deals_dataset.csv: 842 rows, mql_id unique, each in the leads
    assert int(won["n"].iloc[0]) == 842


def test_olist_won_in_time_by_origin(olist: Small) -> None:
    """Won within 13 weeks of first contact, by origin, is what plain SQL over the two files counts."""
    told = by_segment(olist, "won_in_time", "origin", OLIST_THROUGH)
    # counted by SQL over the two files: won_date - first_contact_date <= 91 days, by origin
    assert {origin: told[origin] for origin in ORIGINS} == ORIGINS
    names = ("marketing_qualified_leads", "closed_deals")
    files = [str(DATA / "olist" / f"olist_{name}_dataset.csv") for name in names]
    with duckdb.connect() as con:
        plain = con.execute(
            "select coalesce(origin, '(not set)'), "
            "count(case when won_date::date - first_contact_date <= 91 then 1 end), count(*) "
            "from read_csv(?) l left join read_csv(?) d using (mql_id) group by 1", files).fetchall()
    assert told == {origin: (won, n) for origin, won, n in plain}
    rows = {origin: (count(won), count(leads)) for origin, won, leads, _ in readme("olist", 4)}
    assert {origin: rows[origin] for origin in told} == told
    assert rows["all"] == (sum(won for won, _ in told.values()), sum(n for _, n in told.values()))


# leads of May 2018 and their wins, by SQL over the two files
@pytest.mark.parametrize(("as_of", "won"), [(date(2018, 5, 31), 70), (OLIST_THROUGH, 130)])
def test_olist_as_of(olist: Small, as_of: date, won: int) -> None:
    """A win is known from its own day on: the same leads of May count 70 wins at its end and 130 in November."""
    assert won_of_may(olist, as_of) == (won, 1303)


def test_olist_close_rate_is_not_measurable(olist: Small) -> None:
    """Without a lost deal there is no close rate, and the sentence says so."""
    told = olist.tally("close_rate", OLIST_THROUGH)
    assert (told.status, told.frame.empty) == ("not_measurable", True)
    assert "won deals and none that was lost" in told.why


LEARNED = ("business_segment", "lead_type", "lead_behaviour_profile", "business_type", "owner", "seller_state",
           "seller_tier")


@pytest.mark.parametrize("metric", ["won_in_time", "close_rate"])
@pytest.mark.parametrize("dimension", LEARNED)
def test_olist_refuses_what_was_learned_by_winning(olist: Small, metric: str, dimension: str) -> None:
    """What is known of won leads alone is refused as a dimension of winning, with its reason."""
    told = olist.tally(metric, OLIST_THROUGH, by=(dimension,))
    assert told.status == "not_measurable"
    assert metric == "close_rate" or re.fullmatch(rf"{dimension} is known .*: it was learned by winning", told.why)


def test_olist_dimensions(olist: Small) -> None:
    """Origin comes first, every dimension but the landing page and it was learned by winning, and numbers are none."""
    names = [dimension.name for dimension in dimensions(olist.warehouse, olist.company)]
    assert names[0] == "origin"
    assert set(names) == {"origin", "landing_page", *LEARNED}
    attributes = olist.warehouse.relations["accounts"].attributes
    assert {name for name, kind in attributes.items() if kind == "number"} == {
        "orders", "merchandise_value", "review_score", "negative_review_rate", "on_time_rate"}


def test_olist_decimal_commas(olist: Small) -> None:
    """The merchandise value of won sellers is the sum of the file's decimal commas, to the cent."""
    with (DATA / "olist" / "olist_closed_deals_dataset.csv").open(encoding="utf-8") as deals:
        sellers = {row["seller_id"] for row in csv.DictReader(deals)}
    with (DATA / "olist" / "seller_metrics.csv").open(encoding="utf-8-sig") as handle:
        values = [row["gmv"] for row in csv.DictReader(handle, delimiter=";") if row["seller_id"] in sellers]
    value = olist.warehouse.source("accounts").c.merchandise_value
    got = olist.warehouse.read(sa.select(sa.func.sum(value).label("total"), sa.func.count(value).label("n"))).iloc[0]
    assert int(got["n"]) == len(values) == 376
    assert float(got["total"]) == pytest.approx(sum(float(v.replace(",", ".")) for v in values), abs=0.005)


@pytest.mark.parametrize(("name", "there"), [("olist", {"won_in_time"}), ("ravenstack", {"churn"})])
def test_what_is_not_in_the_data_is_not_connected(name: str, there: set[str], request: pytest.FixtureRequest) -> None:
    """Every stage that the files do not hold is not connected, with its reason, and no stand-in takes its place."""
    small: Small = request.getfixturevalue(name)
    through = small.warehouse.data_through
    assert through is not None
    metrics = metrics_of(small.company)
    told = {m.name: small.tally(m.name, through) for m in metrics}
    assert {metric for metric, tally in told.items() if tally.status == "ok"} == there
    assert all(tally.why for tally in told.values() if tally.status != "ok")
    assert all(m.stand_in_for is None for m in offered(small.warehouse, metrics))


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


def shown_tables(small: Small) -> dict[str, tuple[int, int, dict[str, int]]]:
    """{table: (read, used, {reason: rows})} of what is connected."""
    return {r.table.name: (r.rows_read, r.rows_used, dict(r.reasons)) for r in small.warehouse.relations.values()
            if r.status == "ok"}


def aside(cell: str) -> dict[str, int]:
    """A README's "13,196 use before sign-up, 2 no use" as {reason: rows}."""
    found = re.findall(r"([\d,]+) ([a-z][a-z -]*)", cell)
    return {reason.strip(): count(rows) for rows, reason in found}


def test_ravenstack_rows_are_accounted_for(ravenstack: Small, tmp_path: Path) -> None:
    """Rows read = used + set aside by reason, in the clean files and in the dirty ones, as the README says."""
    clean = {table: (count(read), count(used), aside(rest)) for table, _, read, used, rest in readme("ravenstack", 5)}
    dirty = {table: (count(read), count(used), aside(rest)) for table, read, used, rest in readme("ravenstack", 4)}
    assert shown_tables(ravenstack) == clean
    assert shown_tables(example("ravenstack", DATA / "ravenstack" / "messy", tmp_path)) == dirty


FILES = {"accounts": "accounts", "subscriptions": "subscriptions", "tickets": "support_tickets",
         "usage_weeks": "feature_usage"}

USES = """
select u.usage_id as id, case when s.subscription_id is null then 'subscription unknown'
    when u.usage_count < 0 then 'negative usage count' when u.usage_count = 0 then 'no use'
    when u.usage_date < a.signup_date then 'use before sign-up' else 'used' end as fate, s.account_id, u.usage_date
from read_csv($uses) u left join read_csv($subscriptions) s on s.subscription_id = u.subscription_id
left join read_csv($accounts) a on a.account_id = s.account_id
"""


@pytest.mark.parametrize("table", FILES)
def test_what_becomes_of_dirty_rows(table: str, data: Path, tmp_path: Path) -> None:
    """In the place of its clean file, every row of every labelled kind is used or set aside as the README says."""
    file = FILES[table]
    dirty = data / "ravenstack" / "messy" / f"ravenstack_{file}_MESSY_ONLY.csv"
    folder = tmp_path / "files"
    folder.mkdir()
    for path in (*(data / "ravenstack").glob("*.csv"), dirty):
        if path.stem != f"ravenstack_{file}":
            (folder / path.name).symlink_to(path)
    small = example("ravenstack", folder, tmp_path)
    relation = small.warehouse.relations[table]
    with dirty.open(encoding="utf-8") as handle:
        labelled = {next(iter(row.values())): row["messiness_description"] for row in csv.DictReader(handle)}
    if table == "usage_weeks":
        files = {"uses": dirty, "subscriptions": data / "ravenstack" / "ravenstack_subscriptions.csv",
                 "accounts": data / "ravenstack" / "ravenstack_accounts.csv"}
        with duckdb.connect() as con:
            each = con.execute(USES, {name: str(path) for name, path in files.items()}).df()
        used = each[each["fate"] == "used"]
        weeks = used.assign(week=used["usage_date"].dt.to_period("W")).drop_duplicates(["account_id", "week"])
        assert relation.rows_used == len(weeks)
    else:
        key = relation.table.key[0]
        each = small.warehouse.read(sa.text(f"select {key} as id, 'used' as fate from gtm.{table} union all "
                                            f"select {key}, set_aside from aside.{table}"))
        assert relation.rows_read == len(labelled)
    fates = dict(zip(each["id"], each["fate"], strict=True))
    assert set(fates) == set(labelled)
    assert {fate: n for fate, n in Counter(fates.values()).items() if fate != "used"} == dict(relation.reasons)
    became = Counter((label, fates[row]) for row, labels in labelled.items() for label in labels.split("; "))
    shown = [row for row in readme("ravenstack", 6) if row[1] == file]
    told = {(kind, fate): n for kind, _, _, used_rows, rest, _ in shown
            for fate, n in {"used": count(used_rows), **aside(rest)}.items() if n}
    assert told == dict(became)
    kinds = Counter(label for labels in labelled.values() for label in labels.split("; "))
    assert {kind: count(rows) for kind, _, rows, *_ in shown} == dict(kinds)


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


def test_olist_few_sellers_hold_most_and_one_is_no_segment(data: Path, warehouse_of: WarehouseOf) -> None:
    """Won sellers by the merchandise they sold: a tenth of them holds most of it, as in the files, and no business
    segment of a seller or a few is told."""
    with duckdb.connect() as con:
        rows = con.execute(SELLERS, {"deals": str(data / "olist" / "olist_closed_deals_dataset.csv"),
                                     "sellers": str(data / "olist" / "seller_metrics.csv")}).df()
    paid = rows.assign(subscription_id=rows["account_id"], started_on=rows["won_on"])
    small = warehouse_of({"accounts": rows[["account_id", "business_segment", "lead_type"]],
                          "subscriptions": paid[["subscription_id", "account_id", "started_on", "mrr"]]},
                         OLIST_THROUGH, value={"retention": 0, "revenue": 1})
    asked = (small.warehouse, small.company, Question(OLIST_THROUGH))
    told = value.grouped(*asked)
    ten = {held.percent: held for held in customers.held(value.concentration(*asked, told.recipe), "mrr")}[10]
    largest = rows["mrr"].sort_values(ascending=False)
    assert ten.n == len(rows) // 10 == sum(told.tiers[tier] for tier in ("best", "next best"))
    assert ten.share == pytest.approx(largest.head(ten.n).sum() / largest.sum())
    assert ten.share > 0.5
    found = customers.traits(told.frame)
    few = found[found["n"] < customers.LEAST]
    assert len(few) > 5
    assert set(few["status"]) == {customers.TOO_FEW}


@pytest.mark.parametrize("name", ["olist", "ravenstack"])
def test_examples_fit_together(name: str, tmp_path: Path) -> None:
    """Without anyone's data: files with nothing but the column names that a layout asks for connect its tables."""
    layout = ROOT / "examples" / name / "layout"
    files: dict[str, set[str]] = {}
    for path in layout.glob("*.sql"):
        for read in header(path.read_text(encoding="utf-8"), path.name)[1]:
            files.setdefault(read.relation, set()).update(want.candidates[0] for want in read.columns)
    folder = tmp_path / "files"
    folder.mkdir()
    for relation, names in files.items():
        (folder / f"{relation}.csv").write_text(",".join(sorted(names)) + "\n", encoding="utf-8")
    small = example(name, folder, tmp_path)
    assert {table for table, (read, *_) in shown_tables(small).items() if read == 0} == {
        path.stem for path in layout.glob("*.sql")}


@pytest.mark.parametrize("name", ["olist", "ravenstack"])
def test_examples_hold_no_data(name: str) -> None:
    """An example is settings, SQL and words: no row of anyone's data lies in it."""
    kinds = {path.suffix for path in (ROOT / "examples" / name).rglob("*") if path.is_file()}
    assert kinds <= {".sql", ".toml", ".md"}
