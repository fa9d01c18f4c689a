"""Where the parts of a bar chart stand."""

from __future__ import annotations

from dataclasses import dataclass

from gtm_metrics.deck.forms import Bars
from gtm_metrics.deck.layout.axes import row_height
from gtm_metrics.deck.layout.page import HEAD, Box
from gtm_metrics.deck.letters import one_line, text_width


@dataclass(frozen=True)
class BarsPlan:
    """A bar chart: the box of its bars, rows of one height, names at the left and labels at the right."""

    form: Bars
    head: Box
    plot: Box
    row: float
    names: tuple[str, ...]
    left: float
    most: float

    def middle(self, i: int) -> float:
        """The y of a row's bar."""
        return self.plot.y + self.row * (i + 0.5)

    @property
    def half(self) -> float:
        """Half of a bar's height."""
        return min(26.0, 0.34 * self.row)

    def has_bar(self, i: int) -> bool:
        """Whether a row is drawn: one of too few is told in its label alone."""
        return self.form.parts[0].values[i] is not None

    def label_at(self, i: int) -> float:
        """The x of a row's label: at the end of its bar, or of all bars where they are shares."""
        if not self.has_bar(i):
            return self.plot.x + 2
        return self.plot.x2 + 14 if self.form.shares else self.plot.x + self.length(self.whole(i), i) + 10

    def whole(self, i: int) -> float:
        """What a row's bar counts to."""
        return sum(part.values[i] or 0.0 for part in self.form.parts)

    def length(self, value: float, i: int) -> float:
        """Pixels of a number in a row."""
        of = self.whole(i) if self.form.shares else self.most
        return value / of * self.plot.width if of else 0.0


def bars_plan(form: Bars, box: Box) -> BarsPlan:
    """Where a bar chart's parts stand in its box."""
    count = max(1, len(form.rows))
    head = HEAD + 22.0
    row = row_height(count, box.height - head - 6.0)
    widest = max((text_width(name, 14.0, bold=True) for name in form.rows), default=0.0)
    left = min(widest + 24, 0.28 * box.width)
    ends = [label for label, value in zip(form.labels, form.parts[0].values, strict=True) if value is not None]
    right = min(max((text_width(label, 13.0, bold=True) for label in ends), default=0.0) + 16, 0.34 * box.width)
    plot = Box(box.x + left, box.y + head, box.width - left - right, row * count)
    names = tuple(one_line(name, 14.0, left - 14, name == form.subject) for name in form.rows)
    whole = [sum(part.values[i] or 0.0 for part in form.parts) for i in range(len(form.rows))]
    return BarsPlan(
        form, Box(box.x, box.y, box.width, HEAD - 6), plot, row, names, left, max(whole, default=1.0) or 1.0
    )
