"""What was spent up to now beside the clock's time: CPU seconds, and what a warehouse has gone through.

On a machine that does other work, seconds on the clock say what the others did as well; these do not.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gtm_metrics.warehouse import Warehouse

PAGE = 8192
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, CPU seconds (ours, and those of a server beside), and bytes a server's pages hold."""

    seconds: float
    cpu: float
    went_through: int

    def since(self, before: Spent) -> Spent:
        """What was spent between then and now."""
        return Spent(
            self.seconds - before.seconds, self.cpu - before.cpu, self.went_through - before.went_through)


def spent(warehouse: Warehouse) -> Spent:
    """Everything spent until now by this process (an embedded warehouse works in it) and by a PostgreSQL server."""
    if warehouse.engine.dialect.name != "postgresql":
        return Spent(time.perf_counter(), time.process_time(), 0)
    with warehouse.engine.connect() as connection:
        # a session tells its pages about once a second, and at once when it is asked to
        backend = connection.exec_driver_sql("select pg_backend_pid(), pg_stat_force_next_flush()").scalar_one()
        connection.commit()
        pages = connection.exec_driver_sql(
            "select blks_hit + blks_read from pg_stat_database where datname = current_database()").scalar_one()
    return Spent(time.perf_counter(), time.process_time() + _of_server(int(backend)), int(pages) * PAGE)


def _of_server(backend: int) -> float:
    """CPU seconds of the server that a session belongs to: of itself, of sessions that ended, of those that live."""
    server = int(_stat(Path("/proc") / str(backend))[1])
    own = _stat(Path("/proc") / str(server))
    ticks = sum(int(n) for n in own[11:15])
    for process in Path("/proc").glob("[0-9]*"):
        try:
            of = _stat(process)
        except OSError:
            continue
        if int(of[1]) == server:
            ticks += sum(int(n) for n in of[11:13])
    return ticks / TICKS


def _stat(process: Path) -> list[Any]:
    """The fields of /proc/.../stat from a process's state on: [1] its parent, [11:15] its and its children's ticks."""
    return (process / "stat").read_text().rpartition(")")[2].split()
