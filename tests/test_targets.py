"""Whom to win: the profile that is kept, or that the data suggest, applied to accounts, as rows with reasons."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from gtm_metrics import customers, journal
from gtm_metrics.cli import main
from gtm_metrics.company import read_company
from gtm_metrics.exports import csv_of
from gtm_metrics.measures import Rule, look_alikes
from gtm_metrics.question import Question
from gtm_metrics.sources import SHIPPED
from gtm_metrics.tables import profile as tables_profile
from gtm_metrics.warehouse import connect
from gtm_metrics.warehouse.build import load_frames
from gtm_metrics.words import profile

TODAY = date(2026, 6, 30)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """gtm.toml of a company of five accounts: a customer, one in talks, three left to win, one of them in farming."""
    accounts = pd.DataFrame(
        {
            "account_id": ["pays", "talks", "a", "b", "farm"],
            "name": ["Pays", "Talks", "=Acme", "Bolt", "Farm"],
            "industry": ["Retail", "Retail", "Retail", "Banks", "Farms"],
            "owner": ["Ada", "Ada", "Ben", "Ben", "Ben"],
        }
    )
    paid = pd.DataFrame({"subscription_id": ["s"], "account_id": ["pays"], "started_on": ["2026-01-01"], "mrr": [10]})
    deals = pd.DataFrame({"opportunity_id": ["o"], "account_id": ["talks"], "created_at": ["2026-06-01 10:00"]})
    ties = pd.DataFrame(
        {"referrer_account_id": ["pays"], "referred_account_id": ["b"], "referred_at": ["2026-05-01 09:00"]}
    )
    frames = {"accounts": accounts, "subscriptions": paid, "opportunities": deals, "referrals": ties}
    load_frames(frames, tmp_path / "c.duckdb", SHIPPED / "own", TODAY, set(), lambda _line: None)
    monkeypatch.delenv("GTM_WAREHOUSE", raising=False)
    monkeypatch.delenv("GTM_JOURNAL", raising=False)
    config = tmp_path / "gtm.toml"
    config.write_text(
        f'[warehouse]\nurl = "duckdb:///{tmp_path}/c.duckdb"\n[segments]\ndimensions = ["industry"]\n'
        '[display]\naccount_url = "https://crm.example.com/{account_id}"\n'
    )
    return config


@pytest.fixture
def asked(company: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[dict], str]]:
    """gtm-metrics targets: its exit code, its rows, and what it says beside them."""

    def run(*more: str) -> tuple[int, list[dict], str]:
        code = main(["targets", "--config", str(company), "--format", "json", *more])
        out, said = capsys.readouterr()
        return code, json.loads(out) if out else [], said

    return run


def test_every_target_says_why(asked) -> None:
    """Rules given by hand: who fits and is left, the referred first, each with reasons and its address in the CRM."""
    code, rows, said = asked("--rule", "industry=Retail|Banks")
    assert code == 0
    assert [row["account_id"] for row in rows] == ["b", "a"]
    assert rows[0]["reasons"] == ["referred by Pays", "Industry: Banks"]
    assert rows[1]["reasons"] == ["Industry: Retail"]
    assert rows[1]["account"] == "=Acme"
    assert rows[0]["crm"] == "https://crm.example.com/b"
    assert "4 accounts fit; 1 already paid, 1 have an open deal; 2 left to win" in said
    assert "by the rules given: Industry is Retail or Banks" in said


def test_the_kept_profile_and_the_lists_are_used(asked, company: Path) -> None:
    """Without rules the profile of the journal is applied, and whoever is on a list is left out and counted."""
    kept = journal.open_journal(journal.journal_url(read_company(company)))
    rules = [{"dimension": "industry", "segments": ["Retail", "Farms"]}]
    journal.keep_profile(kept, "ideal", "Shops and farms", rules, [], "they stay", "Ada", TODAY)
    code, rows, said = asked("--as-of", "2026-06-30")
    assert (code, [row["account_id"] for row in rows]) == (0, ["a", "farm"])
    assert "by the profile, version 1" in said
    journal.put_on_list(kept, "never", {"farm": "Farm"}, "no budget", "Ada", TODAY)
    _, rows, said = asked("--as-of", "2026-06-30")
    assert [row["account_id"] for row in rows] == ["a"]
    assert "1 are on a list" in said


def test_the_last_day_with_data_is_the_present(asked, company: Path) -> None:
    """Data lag behind people: as of their last day counts what was kept since, as on the page; the day before it what
    was kept by then."""
    kept = journal.open_journal(journal.journal_url(read_company(company)))
    journal.keep_profile(kept, "ideal", "Farms", [{"dimension": "industry", "segments": ["Farms"]}], [], "why", "Ada",
                         TODAY)  # fmt: skip
    through = connect(read_company(company), TODAY).data_through
    assert through is not None
    assert through < TODAY
    code, rows, said = asked("--as-of", through.isoformat())
    assert (code, [row["account_id"] for row in rows]) == (0, ["farm"])
    assert "by the profile, version 1" in said
    code, rows, _ = asked("--as-of", (through - timedelta(days=1)).isoformat())
    assert (code, rows) == (2, [])


def test_without_a_profile_it_says_how_to_get_one(asked) -> None:
    """Nothing kept and nothing found: exit code 2 and the way out; a rule that cannot be read likewise."""
    code, rows, said = asked()
    assert (code, rows) == (2, [])
    assert "keep one on the page Best-fit customers, or give --rule" in said
    with pytest.raises(SystemExit) as refused:
        asked("--rule", "industry")
    assert refused.value.code == 2


def test_hidden_names_stand_nowhere_in_the_list(company: Path) -> None:
    """With names hidden neither the account, its contact and address nor who referred it can be read in the file."""
    here = read_company(company)
    warehouse = connect(here, TODAY)
    found = look_alikes(warehouse, here, Question(TODAY), (Rule("industry", ("Banks", "Retail")),))
    shown, hidden = (csv_of(tables_profile.listed(found, here, {}, names)).decode() for names in (True, False))
    for name in ("Pays", "Bolt", "Acme", "crm.example.com/b"):
        assert name in shown
        assert name not in hidden
    assert "referred by another account; industry: Banks" in hidden


def test_the_data_suggest_what_the_best_share() -> None:
    """The attributes found among the best with the smallest q, at most two, each with every value that was found."""
    seats = [("team", "Ops", 24, 51, 75), ("team", "IT", 18, 51, 60), ("size", "big", 17, 51, 60)]
    rows = [("", "", "", "", tier, n) for tier, n in (("best", 5), ("next best", 46), ("middle", 409), ("worst", 51))]
    for name, value, inside, _, n in seats:
        rows += [(name, value, "", "", "next best", inside), (name, value, "", "", "middle", n - inside)]
    columns = ["attribute", "value", "attribute_2", "value_2", "tier", "n"]
    told = customers.traits(pd.DataFrame(rows, columns=columns))
    assert customers.suggested(told, ["team", "size"]) == [("team", ("IT", "Ops")), ("size", ("big",))]
    assert customers.suggested(told, ["size"]) == [("size", ("big",))]
    assert customers.suggested(told, ["team", "size"], most=1) == [("team", ("IT", "Ops"))]
    assert customers.suggested(told[told["status"] != "found"], ["team", "size"]) == []


def test_a_profile_is_one_sentence() -> None:
    """Each rule names its dimension as the screen does; values are joined by "or"; names are shown as they are."""
    rules = (Rule("team", ("A", "B", "C")), Rule("industry", (":red[x]",)))
    assert profile.sentence(rules, {"team": "Buying team"}) == "Buying team is A, B or C, and industry is :red[x]"
