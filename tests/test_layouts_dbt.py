"""Outputs of dbt packages by the recipes of docs/layouts.md: each folder as it is written there, over a few rows."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from conftest import TODAY, Small

from gtm_metrics.company import read_company
from gtm_metrics.sources import naming_of
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_frames
from gtm_metrics.warehouse.door import only_select
from gtm_metrics.warehouse.layout import header
from gtm_metrics.warehouse.selects import SQLGLOT

PAGE = (Path(__file__).parent.parent / "docs" / "layouts.md").read_text(encoding="utf-8")


def blocks(package: str) -> list[str]:
    """The indented blocks of a package's part: gtm.toml, then the files in the order they are named."""
    part = PAGE.split(f"### {package}\n")[1].split("\n### ")[0]
    found = re.findall(r"(?:^ {4,}.*\n(?:\n(?= {4}))?)+", part, re.M)
    return [textwrap.dedent(block).strip() + "\n" for block in found]


def loaded(folder: Path, package: str, **frames: pd.DataFrame) -> Small:
    """A package's recipe written into a folder, over these outputs."""
    settings, accounts, deals = blocks(package)
    name = package.replace("_", "-")
    (folder / name).mkdir()
    (folder / name / "accounts.sql").write_text(accounts, encoding="utf-8")
    (folder / name / "opportunities.sql").write_text(deals, encoding="utf-8")
    target = folder / "x.duckdb"
    (folder / "gtm.toml").write_text(settings, encoding="utf-8")
    company = read_company(folder / "gtm.toml", {"GTM_WAREHOUSE": f"duckdb:///{target}"})
    load_frames(frames, target, naming_of(company), TODAY, set(), lambda _line: None)
    return Small(connect(company, TODAY), company)


def rows(small: Small, table: str, *columns: str) -> list[tuple[object, ...]]:
    """Used rows of a table, nothing as None."""
    frame = small.warehouse.read(sa.text(f"select {', '.join(columns)} from gtm.{table} order by 1"))
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame.astype("object").itertuples(index=False)]


def test_salesforce(tmp_path: Path) -> None:
    """Won, lost, no decision, open; renewals by their type; every column of an account is an attribute."""
    accounts = pd.DataFrame({"account_id": ["a"], "account_name": ["Acme"], "website": ["acme.example"],
                             "number_of_employees": [7], "region_c": ["North"]})
    deals = pd.DataFrame({
        "opportunity_id": ["1", "2", "3", "4", "5"], "account_id": "a", "created_date": "2026-01-05",
        "close_date": "2026-03-02", "status": ["Won", "Lost", "Lost", "Pipeline", "Lost"],
        "stage_name": ["Closed Won", "Closed Lost", "Closed Lost", "Proposal", "No Decision"],
        "type": ["New Customer", "Renewal", "Existing Customer - Upgrade", None, None], "amount": 12.5,
        "loss_reason_c": [None, "Went dark - no response", "Price", "Price", None],
        "opportunity_owner_name": "A. Berg"})
    small = loaded(tmp_path, "dbt_salesforce", stg_salesforce__account=accounts,
                   salesforce__opportunity_enhanced=deals)
    assert small.warehouse.relations["accounts"].attributes == {"number_of_employees": "number", "region_c": "text"}
    assert rows(small, "opportunities", "opportunity_id", "type", "outcome", "loss_reason", "owner") == [
        ("1", "new", "won", None, "A. Berg"), ("2", "renewal", "no_decision", "Went dark - no response", "A. Berg"),
        ("3", "expansion", "lost", "Price", "A. Berg"), ("4", "new", None, None, "A. Berg"),
        ("5", "new", "no_decision", None, "A. Berg")]


@pytest.mark.parametrize("passed", [True, False], ids=["passed through", "by label"])
def test_hubspot(tmp_path: Path, passed: bool) -> None:
    """The primary company has the deal; what became of it stands in columns passed through, or in the stage's label."""
    companies = pd.DataFrame({"company_id": [1, 2, 3], "company_name": ["A", "B", "C"], "industry": "Retail",
                              "created_date": "2026-01-05", "is_company_deleted": [False, False, True]})
    deals = pd.DataFrame({
        "deal_id": [10, 11, 12, 13], "created_date": "2026-01-05", "closed_date": "2026-03-02",
        "pipeline_stage_label": ["Closed Won", "Closed Lost", "Closed Lost", "Proposal"], "amount": 12.5,
        "owner_full_name": "A. Berg", "closed_lost_reason": [None, "price", "no budget", None],
        "is_deal_deleted": [False, False, False, False]})
    if passed:
        deals = deals.assign(pipeline_stage_label="Stage", hs_is_closed_won=[True, False, False, False],
                             hs_is_closed=[True, True, True, False])
    links = pd.DataFrame({"deal_id": [10, 10, 11, 12, 13], "company_id": [1, 2, 1, 2, 1], "type_id": [341, 5, 5, 5, 5]})
    small = loaded(tmp_path, "dbt_hubspot", hubspot__companies=companies, hubspot__deals=deals,
                   stg_hubspot__deal_company=links)
    assert small.warehouse.relations["accounts"].reasons == {"deleted in HubSpot": 1}
    assert rows(small, "opportunities", "opportunity_id", "account_id", "outcome", "loss_reason") == [
        ("10", "2", "won", None), ("11", "1", "lost", "price"), ("12", "2", "no_decision", "no budget"),
        ("13", "1", None, None)]


@pytest.mark.parametrize("package", ["dbt_salesforce", "dbt_hubspot"])
def test_recipes_are_one_select_everywhere(package: str) -> None:
    """Each body parses as one SELECT on every kind of warehouse."""
    for text in blocks(package)[1:]:
        for dialect in SQLGLOT:
            only_select(header(text, package)[2], dialect)
