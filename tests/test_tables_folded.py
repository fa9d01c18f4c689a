"""Tables on a phone: those that are too wide are folded into two columns, and no cell is lost."""

from __future__ import annotations

import pandas as pd
import pytest

from gtm_metrics.tables.folded import fits_phone, folded

NARROW = pd.DataFrame(
    {"Test": ["All the data", "Without its 12 best accounts"], "Still there": ["proven", "on 4 of 4"]}
)
WIDE = pd.DataFrame({
    "Criterion": ["Ready", "Cost-effective"],
    "In the data": ["its first deal was won", "no more touches and calls were spent than on the median customer"],
    "The profile": ["93 % (70 of 75)", ""],
    "Everyone else": ["95 % (416 of 436)", "62 % (271 of 436)"],
    "Reading": ["cannot be told apart", 7],
})  # fmt: skip


def test_a_table_is_folded_where_it_is_too_wide() -> None:
    """Two short columns stand as they are, five with sentences do not."""
    assert fits_phone(NARROW)
    assert not fits_phone(WIDE)


@pytest.mark.parametrize(
    "word", ["A" * 60, "no\u00a0break\u00a0anywhere\u00a0in\u00a0a\u00a0text\u00a0of\u00a0many\u00a0letters"]
)
def test_a_long_word_asks_for_its_whole_length(word: str) -> None:
    """A word that cannot be broken is as wide as it is; the same letters in words of eight are not."""
    assert not fits_phone(pd.DataFrame({"Name": [word], "n": ["1"]}))
    assert fits_phone(pd.DataFrame({"Name": ["eight on " * 7], "n": ["1"]}))


def test_every_cell_is_told_under_the_name_of_its_row() -> None:
    """The first cell in bold, then every cell that holds something after its column's name."""
    found = folded(WIDE)
    assert list(found.columns) == ["Criterion", " "]
    assert found.to_numpy().tolist() == [
        ["**Ready**", ""],
        ["In the data", "its first deal was won"],
        ["The profile", "93 % (70 of 75)"],
        ["Everyone else", "95 % (416 of 436)"],
        ["Reading", "cannot be told apart"],
        ["**Cost-effective**", ""],
        ["In the data", "no more touches and calls were spent than on the median customer"],
        ["Everyone else", "62 % (271 of 436)"],
        ["Reading", 7],
    ]


def test_two_columns_of_one_name_are_two() -> None:
    """Names from data may meet: each cell keeps its place."""
    twice = pd.DataFrame([["a", "b", "c"]], columns=["Measure", "Acme", "Acme"])
    assert fits_phone(twice)
    assert folded(twice).to_numpy().tolist() == [["**a**", ""], ["Acme", "b"], ["Acme", "c"]]


def test_a_row_without_a_name_goes_on_with_the_one_above() -> None:
    """The second sign of a criterion stands under the first, without an empty line between."""
    signs = pd.DataFrame({"Criterion": ["Ready", ""], "In the data": ["won soon", "asked by itself"]})
    assert folded(signs).to_numpy().tolist() == [
        ["**Ready**", ""],
        ["In the data", "won soon"],
        ["In the data", "asked by itself"],
    ]
