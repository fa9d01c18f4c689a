"""One thing in a process of its own, so that its peak memory is its own: prints one line of JSON.

python -m benchmarks.once build FOLDER TOUCHES ACCOUNTS SEED
python -m benchmarks.once tally FOLDER METRIC WEEKS|all ours|hand|read_sql|duckdb_frames REPEATS
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import company
from benchmarks.asking import Asking, Place, way_of
from benchmarks.measure import MEGABYTE
from gtm_metrics.sources import SHIPPED
from gtm_metrics.tallies import prepared
from gtm_metrics.warehouse.build import load_folder


def build(folder: str, touches: str, accounts: str, seed: str) -> dict[str, Any]:
    """Makes a company's files, then loads them as anybody would; the times of both."""
    place, size = Place(Path(folder)), company.Size(int(touches), int(accounts))
    begun = time.perf_counter()
    company.write(place.files, size, int(seed))
    made = time.perf_counter()
    said: list[str] = []
    load_folder(place.files, place.warehouse, SHIPPED / "own", company.AS_OF, {"employees"}, said.append, prepared)
    loaded = time.perf_counter()
    company.write_toml(place.toml, place.warehouse)
    files = sum(file.stat().st_size for file in place.files.iterdir())
    return {"make": made - begun, "load": loaded - made, "files_mb": files / MEGABYTE,
            "warehouse_mb": place.warehouse.resolve().stat().st_size / MEGABYTE, "said": said}


def one_tally(folder: str, metric: str, weeks: str, way: str, repeats: str) -> dict[str, Any]:
    """A tally in one way, several times over; pandas reads its tables anew each time."""
    asking = Asking.of(Place(Path(folder)), metric, None if weeks == "all" else int(weeks))
    ask, seconds, frame, before = way_of(asking, way), [], None, _peak()
    for _ in range(int(repeats)):
        begun = time.perf_counter()
        frame = ask()
        seconds.append(time.perf_counter() - begun)
    peak = _peak()
    if frame is not None and way != "ours":
        asking.same(frame)
    return {"seconds": seconds, "peak_mb": peak, "before_mb": before}


def _peak() -> float:
    """The most memory this process held, in MB: VmHWM, because ru_maxrss begins at the size of whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / MEGABYTE


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    measured = {"build": build, "tally": one_tally}[what](*arguments)
    print(json.dumps({"peak_mb": _peak(), **measured}))
