"""What every number counts: drawn from the code for page and command, and told in docs/ without a gap."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import textwrap
from pathlib import Path

import pytest
from conftest import WarehouseOf

from gtm_metrics import definitions, readings
from gtm_metrics.cli import _parser, main
from gtm_metrics.company import SETTINGS, read_company
from gtm_metrics.funnel import CURVE_COLUMNS, ROW_COLUMNS
from gtm_metrics.measures import MEASURES, REASONS, Measure, value
from gtm_metrics.metrics import METRICS, Metric, metrics_with
from gtm_metrics.sources import DOMAINS, TABLES, Table
from gtm_metrics.tallies import not_connected
from gtm_metrics.warehouse import clean

ROOT = Path(__file__).parent.parent
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
         for name in ("metrics", "commands", "connect", "settings")}


def named(row: Metric | Measure | Table) -> str:
    """A row of a catalogue as a test's name says it."""
    return row.name


def test_metric_definitions_hold_every_metric() -> None:
    """A row a metric in METRICS order, with the company's own M and minimums in it."""
    frame = definitions.metric_definitions(metrics_with(won_in_time_weeks=8, minimum_trials=20)).set_index("metric")
    assert list(frame.index) == [metric.name for metric in METRICS]
    assert frame.loc["won_in_time", "success"] == "won within 8 weeks of creation"
    assert frame.loc["won_in_time", "maturity_days"] == 56
    assert (frame.loc["close_rate", "minimum"], frame.loc["churn", "minimum"]) == (20, 400)
    assert frame.loc["calls_to_understanding", "direction"] == "fewer is better"
    assert frame.loc["close_rate", "bands"] == []


@pytest.mark.parametrize("metric", metrics_with(), ids=named)
def test_a_card_says_what_a_metric_counts(metric: Metric) -> None:
    """A metric's card holds its trial, its success and its minimum, and no line without words."""
    card = dict(definitions.card(metric).itertuples(index=False))
    assert card["One trial is"] == metric.trials
    assert card["A success"] == metric.success
    assert card["Rate from"].startswith(f"{metric.minimum:,} {metric.unit}")
    assert ("Stands in for" in card) == (metric.stand_in_for is not None)
    assert ("Also splits by" in card) == bool(metric.splits)
    assert all(card.values())


def test_a_card_says_when_a_week_counts() -> None:
    """A week counts once its Sunday, or its Sunday and the maturity, has passed; strata are named where there are."""
    cards = {m.name: dict(definitions.card(m).itertuples(index=False)) for m in metrics_with()}
    assert cards["close_rate"]["Counts once"] == "the week's Sunday has passed"
    assert cards["churn"]["Counts once"] == "the week's Sunday and 30 more days have passed"
    assert cards["close_rate"]["Compared within"] == "the same week"
    assert cards["churn"]["Compared within"] == "the same week and 0-3, 4-11, renewal, other"


def test_setting_definitions_show_what_is_in_force(tmp_path: Path) -> None:
    """With a company each setting has its value beside its default; of the warehouse's URL only the kind is shown."""
    file = tmp_path / "gtm.toml"
    file.write_text('[segments]\ndimensions = ["industry", "seats"]\nlabels = {seats = "Seats sold"}\n'
                    'edges = {seats = [2.5, 1000]}\n[metrics]\nminimum_trials = 50\n[display]\ncompany = "Acme"\n',
                    encoding="utf-8")
    company = read_company(file, {"GTM_WAREHOUSE": "postgresql://reader:lenient-otter@db.example/x"})
    frame = definitions.setting_definitions(company)
    assert list(frame["setting"]) == [setting.key for setting in SETTINGS]
    assert "lenient-otter" not in frame.to_csv()
    value = dict(zip(frame["setting"], frame["value"], strict=True))
    assert value["warehouse.url"] == "postgresql://..."
    assert value["segments.dimensions"] == "industry; seats"
    assert value["segments.labels"] == "seats = Seats sold"
    assert value["segments.edges"] == "seats = 2.5, 1000"
    assert (value["metrics.minimum_trials"], value["display.company"]) == ("50", "Acme")
    default = dict(zip(frame["setting"], frame["default"], strict=True))
    assert (default["metrics.minimum_trials"], default["segments.edges"]) == ("30", "none")
    assert "value" not in definitions.setting_definitions()


def test_score_and_criteria_are_defined_as_they_are_counted(tmp_path: Path) -> None:
    """A row a figure of the score with its weight, a row a sign of the seven criteria with the company's limits."""
    (tmp_path / "gtm.toml").write_text("[value]\neffort = 2\n[criteria]\nweeks_used_at_least = 7\n", encoding="utf-8")
    company = read_company(tmp_path / "gtm.toml", {})
    score = definitions.value_definitions(company)
    assert list(score["figure"]) == [each.label for part in value.PARTS for each in part.inputs]
    assert score.set_index("part").loc["Effort to win", ["weight", "needs"]].tolist() == ["2", "touches or calls"]
    signs = definitions.criteria_definitions(company)
    assert list(dict.fromkeys(signs["criterion"])) == [each.name for each in value.seven(company)]
    used = "it used the product in at least 7 of the last 13 complete weeks"
    assert used in set(signs["in_the_data"])


def test_table_definitions_hold_every_column() -> None:
    """A row a column of every table; a column that is known later names the instant from which it may be used."""
    frame = definitions.table_definitions()
    assert list(zip(frame["table"], frame["column"], strict=True)) == [
        (table.name, column.name) for table in TABLES.values() for column in table.columns]
    known = {(row.table, row.column): row.known_at for row in frame.itertuples()}
    assert known["opportunities", "outcome"] == "closed_at"
    assert known["opportunities", "amount"] == "created_at"


def test_readings_count_rows_and_never_call_missing_zero(warehouse_of: WarehouseOf, tmp_path: Path) -> None:
    """A warehouse is told table by table: rows read, used, set aside and why; what is not there has no number."""
    (tmp_path / "accounts.csv").write_text("account_id,industry\nA,Retail\nB,Retail\nB,Retail\n", encoding="utf-8")
    (tmp_path / "calls.csv").write_text(
        "call_id,account_id,held_at,minutes\nC,A,2026-06-01,ten\nD,X,2026-06-01,20\n", encoding="utf-8")
    small = warehouse_of(tmp_path)
    relations = list(small.warehouse.relations.values())
    frame = readings.tables(relations).set_index("Table")
    assert frame.loc["accounts", ["Status", "Read", "Used", "Set aside"]].tolist() == ["connected", 3, 2, 1]
    assert frame.loc["touches", "Status"] == "not connected"
    assert frame.loc["touches", ["Read", "Used", "Set aside"]].isna().all()
    aside = {(row.Table, row.Reason): row.Rows for row in readings.set_aside(relations).itertuples()}
    assert aside == {
        ("accounts", "duplicate key, identical"): 1, ("calls", "account unknown"): 1,
        ("calls", "minutes cannot be read and counts as missing"): 1}
    assert readings.title(relations) == "5 rows read from 2 of 9 tables; 2 set aside, each with its reason"
    off = readings.switched_off([(m, not_connected(small.warehouse, m)) for m in METRICS]).set_index("Metric")
    assert "touches is not connected" in off.loc["Response rate", "Because"]
    assert off.loc["Close rate", "It needs"] == "opportunities.outcome"
    columns = readings.columns(small.warehouse.relations["accounts"]).set_index("Column")
    assert columns.loc["industry", ["Meaning", "Type", "Found as"]].tolist() == [
        "attribute", "text", "accounts.industry"]
    assert columns.loc["domain", "Found as"] == "not there"
    assert "an embedded DuckDB file" in readings.paragraph(small.warehouse)


def test_a_board_page_defines_every_metric() -> None:
    """One row a metric, with the days after which it counts."""
    frame = definitions.cards(METRICS).set_index("Metric")
    assert list(frame.index) == [metric.label for metric in METRICS]
    assert frame.loc["Response rate", "Counts after"] == "21 days"
    assert frame.loc["Close rate", ["A success", "Rate from", "Counts after"]].tolist() == [
        "won", "30 decided deals", "its week"]


@pytest.mark.parametrize("metric", METRICS, ids=named)
def test_every_metric_is_documented(metric: Metric) -> None:
    """docs/metrics.md has a part a metric: its question, trial, success, needs, and how it differs from other tools."""
    parts = PAGES["metrics"].split("\n### ")
    [part] = [part for part in parts if part.startswith(f"{metric.label} (`{metric.name}`)")]
    success = metric.success.format(weeks="M")
    for words in (metric.question, f"One trial: {metric.trials}.", f"Success: {success}.", f"Its week: {metric.week}; ",
                  f"a rate from {metric.minimum} {metric.unit} on", f"Needs: {', '.join(metric.needs)}."):
        assert words in part
    assert metric.direction.capitalize() in part
    assert metric.differs in part
    assert metric.stand_in_for is None or f"Stands in for {metric.stand_in_for}" in part


@pytest.mark.parametrize("measure", MEASURES, ids=named)
def test_every_measure_is_documented(measure: Measure) -> None:
    """docs/metrics.md has a row a measure, with its label, definition, and how it differs from what others call so."""
    row = f"| {measure.label} (`{measure.name}`) | {measure.definition} | {measure.differs} |"
    assert row in PAGES["metrics"].splitlines()


@pytest.mark.parametrize("table", TABLES.values(), ids=named)
def test_every_table_is_documented(table: Table) -> None:
    """docs/metrics.md has a row a table with every column, those that must have a value in bold."""
    columns = ", ".join(f"**{c.name}**" if c.required else c.name for c in table.columns)
    more = ", and any attribute" if table.attributes else ""
    assert f"| {table.name} | {table.grain} | {columns}{more} |" in PAGES["metrics"].splitlines()


def test_everything_counted_apart_is_documented() -> None:
    """docs/metrics.md lists what a metric leaves out, or counts in a way worth knowing."""
    assert [reason for reason in REASONS.values() if f"- {reason}" not in PAGES["metrics"].splitlines()] == []


def test_every_reason_to_set_a_row_aside_is_documented() -> None:
    """docs/connect.md has a row a reason; those that name a column stand for every such column."""
    rows = {line.split("|")[1].strip() for line in PAGES["connect"].splitlines() if line.startswith("|")}
    assert set(clean.REASONS) <= rows
    kinds = {"no", "unreadable", "unknown"}
    assert {reason.split()[0] for reason in rows - set(clean.REASONS)} >= kinds
    assert all(column in PAGES["connect"] for _, column in DOMAINS)


def subcommands() -> dict[str, argparse.ArgumentParser]:
    """The parsers of all commands, by name."""
    [found] = [action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return dict(found.choices)


@pytest.mark.parametrize("command", subcommands())
def test_every_command_and_option_is_documented(command: str) -> None:
    """docs/commands.md has a part a command that names each argument and each of its options with its default."""
    shared, *parts = re.split(r"\n## ", PAGES["commands"])
    [part] = [part for part in parts if part.startswith(f"`gtm-metrics {command}")]
    heading = part.splitlines()[0]
    for action in subcommands()[command]._actions:
        if action.dest == "help":
            continue
        if not action.option_strings:
            assert action.dest.upper() in heading
            assert all(f"`{choice}`" in part for choice in action.choices or ())
            continue
        text = shared if action.dest in ("config", "as_of", "format") else part
        [row] = [line for line in text.splitlines() if re.match(rf"\| `{action.option_strings[0]}[ `]", line)]
        given = [str(choice) for choice in action.choices or ()]
        assert all(choice in row for choice in given)
        if action.default != "" and isinstance(action.default, str | int) and not isinstance(action.default, bool):
            assert f"| `{action.default}` |" in row


def test_no_option_is_documented_that_is_not_there() -> None:
    """Every option that docs/commands.md and docs/connect.md write is one of a command's."""
    known = {option for parser in subcommands().values() for action in parser._actions
             for option in action.option_strings} | {"--server.port"}
    written = set(re.findall(r"--[a-z][a-z.-]+", PAGES["commands"] + PAGES["connect"]))
    assert written <= known


def test_every_key_of_a_row_is_documented() -> None:
    """docs/commands.md names every key of the rows that funnel, curve, load and check print."""
    loaded = ("table", "status", "rows_read", "rows_used", "rows_set_aside", "reasons", "first", "last")
    assert [key for key in (*ROW_COLUMNS, *CURVE_COLUMNS, *loaded) if f"`{key}`" not in PAGES["commands"]] == []


def blocks(page: str, under: str) -> list[str]:
    """The indented blocks of one part of a page, as they would be written into files."""
    part = page.split(f"## {under}")[1].split("\n## ")[0]
    found = re.findall(r"(?:^ {4,}.*\n(?:\n(?= {4}))?)+", part, re.M)
    return [textwrap.dedent(block).strip() + "\n" for block in found]


def test_the_layout_of_the_documentation_loads(tmp_path: Path) -> None:
    """The layout that docs/connect.md shows, written beside a gtm.toml, loads files under a CRM's own names."""
    settings, accounts, deals = blocks(PAGES["connect"], "Tables under other names: a layout")
    (tmp_path / "our-crm").mkdir()
    (tmp_path / "our-crm" / "accounts.sql").write_text(accounts, encoding="utf-8")
    (tmp_path / "our-crm" / "opportunities.sql").write_text(deals, encoding="utf-8")
    (tmp_path / "gtm.toml").write_text(f'{settings}url = "duckdb:///company.duckdb"\n', encoding="utf-8")
    files = tmp_path / "files"
    files.mkdir()
    (files / "Company.csv").write_text(
        "Id,Name,Create Date,Industry\n1,Alder,2025-01-06,Retail\n2,Birch,2025-01-06,Retail\n", encoding="utf-8")
    (files / "deal.csv").write_text(
        "id,companyId,createdate,closedate,stage,deleted\n"
        "7,1,2025-02-03,2025-03-03,closedwon,false\n8,2,2025-02-03,2025-03-04,closedlost,false\n"
        "9,2,2025-02-03,,proposal,true\n10,2,2025-03-12,,proposal,false\n", encoding="utf-8")

    def said(*argv: str) -> str:
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), \
                contextlib.redirect_stderr(io.StringIO()):
            patch.delenv("GTM_WAREHOUSE", raising=False)
            assert main([*argv, "--config", str(tmp_path / "gtm.toml"), "--format", "csv"]) == 0
        return out.getvalue()

    loaded = said("load", str(files))
    assert "accounts,ok,2,2,0,,2025-01-06,2025-01-06" in loaded
    assert "opportunities,ok,4,3,1,deleted in the CRM=1,2025-02-03,2025-03-12" in loaded
    assert said("check") == loaded
    assert "close_rate,industry,Retail,industry=Retail,2,1," in said("funnel", "--by", "industry", "--weeks", "all")


def test_links_between_the_pages_lead_somewhere() -> None:
    """Every relative link of docs/ and README.md names a file that is there, and a heading that is in it."""
    for page in [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]:
        for target in re.findall(r"(?<!!)\[[^]]*\]\(([^)#:]*)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
    headings = {re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
                for line in PAGES["metrics"].splitlines() if line.startswith("#")}
    assert set(re.findall(r"metrics\.md#([a-z-]+)", "".join(PAGES.values()))) <= headings
