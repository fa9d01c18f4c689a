"""decide and journal on the command line: every kind of decision, the whole journal out and in, and what is refused."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import Ran, one_line, run

from gtm_metrics.commands.decide import KINDS, OPTIONS
from gtm_metrics.commands.journal import KEPT, OF_A_DAY
from gtm_metrics.journal import JournalError
from gtm_metrics.journal.tables import VERSION

ROOT = Path(__file__).parent.parent
BANKS = ("--dimension", "industry", "--segment", "Banks")
ADA = ("--who", "Ada")
WHY = ("--why", "we talked", *ADA)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a journal of its own, and no warehouse: none of these commands needs one."""
    monkeypatch.setenv("GTM_JOURNAL", f"sqlite:///{tmp_path / 'kept.sqlite'}")
    return tmp_path


def command(place: Path, *argv: str) -> Ran:
    """One command, its rows as JSON."""
    return run(place / "none.duckdb", *argv, "--format", "json")


def done(place: Path, *argv: str) -> dict[str, object]:
    """The row a decision prints."""
    ran = command(place, "decide", *argv)
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.rows) == 1
    return ran.rows[0]


def test_a_pin_is_set_up_changed_and_put_back(place: Path) -> None:
    """pin sets up and changes, undo puts a change back; each prints what is so now, and the history has all of it."""
    new = done(place, "pin", *BANKS, "--status", "head-pin", *WHY)
    assert (new["status"], new["position"], new["version"], new["who"]) == ("head pin", None, 1, "Ada")
    moved = done(place, "pin", *BANKS, "--status", "not-now", "--position", "4", "--owner", "Cy", *WHY)
    assert (moved["status"], moved["position"], moved["owner"], moved["version"]) == ("not now", 4, "Cy", 2)
    assert done(place, "pin", *BANKS, "--position", "none", *WHY)["position"] is None
    back = done(place, "undo", "--number", "3", *WHY)
    assert (back["undoes"], back["now"], back["version"]) == (3, {"position": 4}, 4)
    assert [row["version"] for row in command(place, "journal", "pin_events").rows] == [1, 2, 3, 4]
    ran = command(place, "decide", "pin", *BANKS, "--owner", "Dee", "--saw", "2", *WHY)
    assert ran.code == 2
    assert "version 4 (position 4) was kept by Ada on" in one_line(ran.err)
    ran = command(place, "decide", "undo", "--number", "4", "--saw", "3", *WHY)
    assert ran.code == 2
    assert "Banks has changed since you looked at it" in one_line(ran.err)
    rule = done(place, "pin", "--segment", "Money", "--rule", "industry=Retail | Banks", "--rule", "size=small", *WHY)
    assert rule["rule"] == [{"dimension": "industry", "segments": ["Banks", "Retail"]},
                            {"dimension": "size", "segments": ["small"]}]


def test_every_other_kind_writes_its_row(place: Path) -> None:
    """Size, vouch, judgement and vote are printed as they were kept, and are taken back by their number."""
    size = ("size", *BANKS, "--accounts", "4200", "--source", "the register", "--dated", "2026-01-31", *ADA)
    assert (done(place, *size)["number"], done(place, *size)["replaces"]) == (4200, 1)
    told = ("vouch", *BANKS, "--to", "Retail", "--name", "Kim", "--what", "tills", *ADA)
    assert done(place, *told)["kind"] == "vouch"
    other = done(place, *told, "--to-dimension", "size", "--case-study")
    assert (other["kind"], other["to_dimension"], other["to_segment"]) == ("case study", "size", "Retail")
    judged = done(place, "judge", *BANKS, "--on", "order", "--value", "2", *WHY)
    assert (judged["question"], judged["value"]) == ("order", 2.0)
    voted = done(place, "vote", *BANKS, "--function", "customer-success", *WHY)
    assert (voted["function"], voted["person"], voted["reasons"]) == ("customer success", "Ada", "we talked")
    done(place, "take-back", "--table", "vouches", "--number", "1", *ADA)
    held = {what: len(command(place, "journal", what).rows) for what in KEPT}
    assert {name: count for name, count in held.items() if count} == {
        "market_sizes": 1, "vouches": 1, "judgements": 1, "votes": 1, "audit": 7}


def test_stay_loose_and_a_thesis_need_no_warehouse(place: Path) -> None:
    """A decision on the signal is written with who, why and the day to look again, and printed."""
    loose = done(place, "loose", *WHY, "--review", "2099-01-01")
    assert (loose["kind"], loose["review_on"]) == ("loose", "2099-01-01")
    assert done(place, "thesis", *BANKS, *WHY)["segment"] == "Banks"
    assert done(place, "loose", *WHY, "--replaces", "1")["replaces"] == 1


def test_a_segment_nobody_knows_is_told(place: Path) -> None:
    """A slip of the pen is kept, since the segment may be new, and told with those that there are."""
    done(place, "pin", *BANKS, *WHY)
    ran = command(place, "decide", "judge", "--dimension", "industry", "--segment", "Bnaks", "--on", "value",
                  "--value", "1", *WHY)
    assert ran.code == 0
    assert one_line(ran.err) == (
        "gtm-metrics: 'Bnaks' is no segment that is judged, or a pin; industry has Banks\n")
    assert command(place, "decide", "pin", "--dimension", "industry", "--segment", "Farms", *WHY).err == ""


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("pin", "--segment", "X", "--why", "x"), "decide pin needs --who; it takes --segment, --why, --who, and may"),
        (("pin", *BANKS, *WHY, "--accounts", "9"), "decide pin takes no --accounts; it takes"),
        (("pin", *BANKS, *WHY, "--status", "falling"), "invalid choice: 'falling'"),
        (("pin", *BANKS, *WHY, "--position", "-1"), "'-1' is no place such as 0, and not none"),
        (("pin", *BANKS, *WHY, "--position", "15"), "position is 15; it is 0 (in front) to 14, or none"),
        (("pin", *BANKS, *WHY, "--rule", "industry="), "is no rule such as"),
        (("pin", "--segment", "X", *WHY), "neither a dimension nor a rule"),
        (("undo", "--number", "9", *WHY), "there is no change 9 of a pin"),
        (("size", *BANKS, *ADA), "decide size needs --accounts"),
        (("judge", *BANKS, "--on", "value", "--value", "2", *WHY), "is 2; it must lie between 0 (no) and 1 (yes)"),
        (("take-back", "--table", "votes", "--number", "3", *ADA), "no row 3 of votes in effect"),
        (("tighten", *BANKS, "--who", "Ada"), "a decision says why; give it --why"),
        (("loose", *WHY, "--value", "1"), "decide loose takes no --value"),
        (("widen",), "invalid choice: 'widen'"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(place: Path, argv: Sequence[str], said: str) -> None:
    """What a kind lacks, does not take, or cannot be exits 2 with one line, and nothing is written."""
    ran = command(place, "decide", *argv)
    assert (ran.code, ran.out) == (2, "")
    assert said in one_line(ran.err)
    assert command(place, "journal", "audit").rows == []


def test_the_journal_goes_out_and_comes_in(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """export writes a file that only its owner reads; import makes the same journal elsewhere, by file or by stdin."""
    done(place, "pin", *BANKS, "--notes", "Zürich & Söhne", *WHY)
    file = place / "backup.json"
    out = command(place, "journal", "export", str(file), "--who", "Ben")
    assert (out.code, out.out, out.err) == (0, "", "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    noted = command(place, "journal", "audit").rows[0]
    assert (noted["who"], noted["what"], noted["details"]) == ("Ben", "export", {"file": "backup.json"})
    monkeypatch.setenv("GTM_JOURNAL", f"sqlite:///{place / 'other.sqlite'}")
    into = command(place, "journal", "import", str(file), "--who", "Cy")
    assert (into.code, into.out, one_line(into.err)) == (0, "", "gtm-metrics: 3 rows in 3 tables\n")
    noted = command(place, "journal", "audit").rows[0]
    assert (noted["who"], noted["what"]) == ("Cy", "import")
    assert noted["details"] == {"file": str(file), "version": VERSION, "rows": 3}
    assert command(place, "journal", "pins").rows[0]["notes"] == "Zürich & Söhne"
    monkeypatch.setenv("GTM_JOURNAL", f"sqlite:///{place / 'third.sqlite'}")
    monkeypatch.setattr("sys.stdin", io.StringIO(file.read_text(encoding="utf-8")))
    assert command(place, "journal", "import", "-").code == 0
    assert command(place, "journal", "pins").rows[0]["notes"] == "Zürich & Söhne"


def test_what_was_kept_on_a_day(place: Path) -> None:
    """Everything that people keep can be asked for as it stood on a day; before the first there is nothing."""
    done(place, "pin", *BANKS, *WHY)
    done(place, "loose", *WHY)
    asked = {what: len(command(place, "journal", what, "--as-of", "2020-01-01").rows) for what in OF_A_DAY}
    assert set(asked.values()) == {0}
    assert len(command(place, "journal", "pins", "--as-of", "2099-01-01").rows) == 1
    assert len(command(place, "journal", "decisions", "--as-of", "2099-01-01").rows) == 1


def test_an_export_of_a_journal_that_takes_no_more_says_so(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the export cannot be noted, the journal leaves all the same, and a line says that it was not."""
    done(place, "pin", *BANKS, *WHY)

    def full(*_given: object) -> None:
        raise JournalError("the journal did not answer: database or disk is full")

    monkeypatch.setattr("gtm_metrics.journal.audited", full)
    ran = command(place, "journal", "export")
    assert ran.code == 0
    assert len(json.loads(ran.out)["tables"]["pins"]) == 1
    assert one_line(ran.err) == (
        "gtm-metrics: the export is not noted in the audit: the journal did not answer: database or disk is full\n")


def test_a_backup_is_not_written_over(place: Path) -> None:
    """export leaves a file that is there as it is, unless it is told to write over it, and leaves no half files."""
    file = place / "backup.json"
    file.write_text("another backup")
    ran = command(place, "journal", "export", str(file))
    assert ran.code == 2
    assert "backup.json is there already; give another name, or --force" in one_line(ran.err)
    assert file.read_text() == "another backup"
    assert command(place, "journal", "export", str(file), "--force").code == 0
    assert json.loads(file.read_text())["format"] == "gtm-metrics journal"
    assert [one.name for one in place.glob("*.json*")] == ["backup.json"]
    ran = command(place, "journal", "export", str(place / "none" / "backup.json"))
    assert ran.code == 1
    assert "none/backup.json cannot be written: No such file" in one_line(ran.err)


@pytest.mark.parametrize(
    ("argv", "held", "code", "said"),
    [
        (("import",), None, 2, "journal import takes the file of an export, or - for standard input"),
        (("import", "FILE"), None, 2, "backup.json cannot be read: No such file"),
        (("import", "FILE", "--force"), b"{}", 2, "takes no --force: it never writes over a journal"),
        (("import", "FILE"), b"{}", 1, "backup.json: format is None; of an exported journal it is"),
        (("import", "FILE"), b"{", 1, "backup.json is no JSON, or was cut off"),
        (("import", "FILE"), b"\xff", 1, "backup.json is no text in UTF-8 (byte 0)"),
        (("pins", "FILE"), None, 2, "journal pins takes no file; export and import do"),
        (("pinz",), None, 2, "invalid choice: 'pinz'"),
        (("audit", "--as-of", "2026-01-01"), None, 2, "journal audit takes no --as-of; decisions, profiles"),
        (("export", "--as-of", "2026-01-01"), None, 2, "journal export takes no --as-of: it is of the whole journal"),
    ],
)
def test_what_is_no_backup_is_refused(
    place: Path, argv: Sequence[str], held: bytes | None, code: int, said: str
) -> None:
    """A file that is not there, or is no export, is told in one line with its name; the journal stays empty."""
    file = place / "backup.json"
    if held is not None:
        file.write_bytes(held)
    ran = command(place, "journal", *[str(file) if one == "FILE" else one for one in argv])
    assert (ran.code, ran.out) == (code, "")
    assert said in one_line(ran.err)
    assert command(place, "journal", "audit").rows == []


def test_the_documentation_knows_every_kind_and_option() -> None:
    """docs/commands.md tells of every kind of decision, every option of decide, and everything journal prints; what
    that is stands in docs/journal.md."""
    page = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
    assert [word for word in KEPT if f"`{word}`" not in page] == []
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    told = text[text.index("## `gtm-metrics decide") :]
    words = [*KINDS, *(f"--{name.replace('_', '-')}" for name in OPTIONS), *KEPT, "export", "import"]
    assert [word for word in words if f"`{word}" not in told] == []
