"""A table as a native one."""

from __future__ import annotations

from typing import Any

from gtm_metrics.deck.extra import needed
from gtm_metrics.deck.forms import Table
from gtm_metrics.deck.layout import Box, TablePlan, table_plan
from gtm_metrics.deck.letters import LINE, Fitted
from gtm_metrics.deck.native.paint import COLOURS, dress, emu, points, put_line
from gtm_metrics.deck.native.xml import A

NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's "No Style, No Grid": the usual one draws white lines over what is written."""


def put_table(slide: Any, form: Table, box: Box) -> None:
    """Cells of text without fills, a faint line over every row."""
    plan = table_plan(form, box)
    titled = bool(plan.heights[0])
    heights = plan.heights if titled else plan.heights[1:]
    shape = slide.shapes.add_table(
        len(heights), len(form.columns), emu(box.x), emu(box.y), emu(box.width), emu(sum(heights))
    )
    shape.name = "Table"
    table = shape.table
    shape._element.graphic.graphicData.tbl.tblPr.find(f"{{{A}}}tableStyleId").text = NO_STYLE
    table.first_row, table.horz_banding = titled, False
    for place, (x, x2) in enumerate(zip(plan.edges, plan.edges[1:], strict=False)):
        table.columns[place].width = emu(x2 - x)
    rows = [plan.head, *plan.cells] if titled else list(plan.cells)
    y = box.y
    for i, (row, height) in enumerate(zip(rows, heights, strict=True)):
        table.rows[i].height = emu(height)
        head = titled and i == 0
        for place, cell in enumerate(row):
            _cell(table.cell(i, place), cell, plan, place, head)
        if not head:
            put_line(slide, box.x, y, box.x2, y, COLOURS.band, 1.0)
        y += height
    put_line(slide, box.x, y, box.x2, y, COLOURS.band, 1.0)


def _cell(cell: Any, text: Fitted, plan: TablePlan, place: int, head: bool) -> None:
    enum = needed("pptx.enum.text")
    cell.fill.background()
    cell.margin_left, cell.margin_right = 0, emu(plan.beside(place))
    cell.margin_top = cell.margin_bottom = emu(4 if head else plan.around)
    cell.vertical_anchor = enum.MSO_ANCHOR.TOP
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = enum.PP_ALIGN.RIGHT if place in plan.form.numbers else enum.PP_ALIGN.LEFT
    paragraph.line_spacing = points(text.size * LINE)
    run = paragraph.add_run()
    run.text = " ".join(text.lines)
    dress(run.font, text.size, COLOURS.quiet if head else COLOURS.ink, head or place == plan.named)
