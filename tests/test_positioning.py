"""What we will say: who names which segment, and how often a theme is heard."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from gtm_metrics.journal.tables import FUNCTIONS, PARTS
from gtm_metrics.positioning import heard, lines_of, of_line, song
from gtm_metrics.tables import positioning as tables

ON = date(2026, 11, 2)
RETAIL, HEALTH = ("industry", "Retail"), ("industry", "Health")


def votes(*rows: tuple[str, str, tuple[str, str]]) -> pd.DataFrame:
    """Votes as the journal gives them: function, person, (dimension, segment)."""
    columns = ["function", "person", "dimension", "segment", "reasons", "on"]
    return pd.DataFrame([(f, p, *key, "because", ON) for f, p, key in rows], columns=columns)


def test_four_of_five_name_one_segment_and_one_another():
    """The leading segment is what most functions name; who names another is an outlier by name."""
    found = song(votes(("sales", "Ben", RETAIL), ("founder", "Ada", RETAIL), ("marketing", "Cy", RETAIL),
                       ("customer success", "Di", RETAIL), ("product", "Eve", HEALTH)), FUNCTIONS)
    assert (found.leading, found.agree) == (RETAIL, ("founder", "marketing", "sales", "customer success"))
    assert [voice.person for voice in found.voices] == ["Ada", "Cy", "Ben", "Eve", "Di"]
    assert [voice.person for voice in found.outliers] == ["Eve"]
    assert (found.silent, found.split, found.named) == ((), (), (RETAIL, HEALTH))


def test_a_function_is_no_larger_for_having_more_people():
    """Five of sales do not outvote two functions of one each."""
    sales = [("sales", f"S{i}", HEALTH) for i in range(5)]
    found = song(votes(*sales, ("founder", "Ada", RETAIL), ("product", "Eve", RETAIL)), FUNCTIONS)
    assert (found.leading, found.agree) == (RETAIL, ("founder", "product"))
    assert len(found.outliers) == 5


def test_a_function_at_odds_with_itself_names_nothing_as_one():
    """Two of marketing differ: it is split, counts for neither, and both are still heard."""
    found = song(votes(("marketing", "Ada", RETAIL), ("marketing", "Ben", HEALTH), ("sales", "Cy", HEALTH)), FUNCTIONS)
    assert (found.split, found.leading, found.agree) == (("marketing",), HEALTH, ("sales",))
    assert [voice.person for voice in found.outliers] == ["Ada"]


@pytest.mark.parametrize("rows", [(), (("sales", "Ben", RETAIL), ("founder", "Ada", HEALTH))])
def test_without_a_lead_nobody_is_an_outlier(rows):
    """Nobody asked, or two level: no segment leads."""
    found = song(votes(*rows), FUNCTIONS)
    assert (found.leading, found.agree, found.outliers) == (None, (), ())
    assert len(found.silent) == 5 - len(rows)


def test_the_order_of_votes_changes_nothing():
    """Rows in any order: the same lead, agreement and outliers."""
    rows = votes(("sales", "Ben", RETAIL), ("founder", "Ada", HEALTH), ("product", "Eve", RETAIL))
    one, other = song(rows, FUNCTIONS), song(rows.iloc[::-1], FUNCTIONS)
    assert (one.leading, one.agree, one.outliers) == (other.leading, other.agree, other.outliers)
    assert one.named == other.named


def notes(*rows: tuple[str, str]) -> pd.DataFrame:
    """account | theme."""
    return pd.DataFrame(list(rows), columns=["account", "theme"])


def test_a_theme_is_heard_in_notes_and_in_why_deals_were_won():
    """Time saved was said by two accounts in three lines and won 12 deals of 40; a reason nobody spoke of stands too, a
    note without a theme adds to none."""
    why = pd.DataFrame({"reason": ["time-saved", "Price"], "n": [12, 20], "of": [40, 40]})
    twice = (("Acme", "Time saved"), ("Acme", "time saved"), ("Bolt", "TIME SAVED "))
    said = notes(*twice, ("Bolt", ""), ("Cog", "Trust"))
    found = heard(said, why)
    assert found.to_dict("records") == [
        {"theme": "Price", "notes": 0, "accounts": [], "won": 20, "of": 40},
        {"theme": "Time saved", "notes": 3, "accounts": ["Acme", "Bolt"], "won": 12, "of": 40},
        {"theme": "Trust", "notes": 1, "accounts": ["Cog"], "won": 0, "of": 40},
    ]


def test_where_reasons_are_not_known_none_is_no_zero():
    """Without win reasons the notes alone are told; without both there is nothing."""
    assert heard(notes(("Acme", "Trust")), None).to_dict("records") == [
        {"theme": "Trust", "notes": 1, "accounts": ["Acme"], "won": None, "of": None}]
    assert len(heard(notes(), None)) == 0
    assert len(heard(notes(), pd.DataFrame(columns=["reason", "n", "of"]))) == 0


def test_a_line_of_the_canvas_is_heard_by_its_words():
    """Whole words, either way round; a line of signs is heard nowhere."""
    themes = heard(notes(("Acme", "time saved"), ("Bolt", "trust"), ("Cog", "Price")), None)
    assert lines_of("- Time saved, every week\n\n * Trust\n—") == ("Time saved, every week", "Trust", "—")
    assert list(of_line("Time saved, every week", themes)["theme"]) == ["time saved"]
    assert list(of_line("saved", themes)["theme"]) == ["time saved"]
    assert list(of_line("Distrust and prices", themes)["theme"]) == []
    assert list(of_line("—", themes)["theme"]) == []


def test_a_board_page_has_the_first_lines_of_each_part():
    """Two lines of a part, each of at most 56 characters, and how many more; of the data the first two offers; what
    nobody has written says so."""
    offer = pd.DataFrame([(f"Rival {i}", f"{i} won") for i in range(4)], columns=["From the data", "Numbers"])
    ours = "\n".join(["w" * 200, "by hand", "a spreadsheet", "an intern"])
    frame = tables.canvas({PARTS[0]: {"text": ours}}, {PARTS[0]: offer, PARTS[1]: None}).set_index("")
    assert list(frame.index) == [part.capitalize() for part in PARTS]
    first, second, more = frame.loc["Competitive alternatives", "What we say"].split("\n")
    assert (len(first), second, more) == (56, "by hand", "and 2 more")
    assert frame.loc["Competitive alternatives", "In the data"] == "Rival 0: 0 won\nRival 1: 1 won"
    assert frame.loc["Differentiated capabilities"].tolist() == ["Nobody has written this yet.", ""]
    assert frame.loc["Market category", "In the data"] == "No data tell a category."


def test_a_board_page_has_six_voices_and_says_how_many_more():
    """Nine people of five functions: six lines, their reasons shortened, three beyond; who gave none has none."""
    rows = votes(*[("sales", f"S{i}", HEALTH) for i in range(5)], *[(f, "Ada", RETAIL) for f in FUNCTIONS[:4]])
    rows["reasons"] = ["r" * 100, ""] + ["because"] * (len(rows) - 2)
    shown, beyond = tables.voices_on_board(song(rows, FUNCTIONS))
    assert (len(shown), beyond) == (6, len(tables.voices(song(rows, FUNCTIONS))) - 6)
    assert max(map(len, shown["Why"])) <= 40
    assert "" in set(shown["Why"])
