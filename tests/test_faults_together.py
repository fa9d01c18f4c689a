"""Two processes show the app beside one journal and one warehouse: neither fails, and each week is judged once."""

from __future__ import annotations

import multiprocessing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import apps
import pytest
from visits import Visitor, seen

from gtm_metrics import journal

pytestmark = [pytest.mark.xdist_group("pages away"), pytest.mark.usefixtures("processes_find_tests")]
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["test_faults_together"])


def shows(tell: Connection, folder: Path, app: apps.App, start: Any) -> None:
    """What an app process does: opens home at the same time as another, and Tighten after it."""
    visitor = Visitor(folder, {})
    start.wait(60)
    pages = [seen(visitor.opened(app, page)) for page in ("home", "tighten")]
    tell.send([(page.exceptions, page.titles, page.charts) for page in pages])


def test_two_apps_beside_one_journal_and_one_warehouse(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both come upon a new week at once and begin to judge it in the background: both show one verdict and the same
    charts, the embedded file is open in both, and the journal has each week once, from one of them."""
    folder = apps.shared_folder(tmp_path_factory)
    app = apps.with_journal(folder, "small", tmp_path, ("industry",))
    start, told, processes = CONTEXT.Barrier(2), [], []
    for _ in range(2):
        hear, tell = CONTEXT.Pipe(duplex=False)
        processes.append((CONTEXT.Process(target=shows, args=(tell, folder, app, start)), hear))
        processes[-1][0].start()
        tell.close()
    for process, hear in processes:
        assert hear.poll(150), "it shows its pages"
        told.append(hear.recv())
        process.join(60)
        assert process.exitcode == 0
    assert told[0] == told[1]
    assert all(exceptions == () and charts for exceptions, _, charts in told[0])
    engine = journal.open_journal(app.journal)
    with journal.reading(engine) as read:
        weeks = read.exec_driver_sql("select epoch, week, at from refreshes").all()
    engine.dispose()
    assert len({week for _, week, _ in weeks}) == len(weeks) > 8
    assert len({epoch for epoch, _, _ in weeks}) == 1
