"""What one measure is: a sum that is counted, or what is made of sums."""

from __future__ import annotations

from dataclasses import dataclass

SUM, MEAN, SHARE, RATIO, PART = "sum", "mean", "share", "ratio", "part"


@dataclass(frozen=True)
class Measure:
    """One measure: a sum, or what is made of sums.

    kind        sum     counted in the warehouse
                mean    total / n of the sum `of`
                share   total of `of` / total of `over`, both counts of the same rows: successes of trials
                ratio   total of `of` / total of `over`
                part    total of `of` of one segment / that of everyone
    unit        what n counts: accounts, won deals, ...
    money       its totals are amounts: in several currencies it is refused, never added
    needs       tables and columns it is counted from, each as in Metric.needs
    difference  the sum of `over` minus `of`, row by row; with it a ratio has an interval
    at_most     the largest value it can take
    part        it serves other measures and is not shown by its own name
    """

    name: str
    label: str
    unit: str
    definition: str
    needs: tuple[str, ...]
    kind: str = SUM
    money: bool = False
    differs: str = ""
    of: str = ""
    over: str = ""
    difference: str = ""
    at_most: float | None = None
    part: bool = False
