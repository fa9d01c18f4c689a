"""How long a load takes: files of a made-up company into the embedded warehouse, the way `gtm-metrics load` does it."""

from __future__ import annotations

import shutil

from benchmarks.asking import Place
from benchmarks.company import Size
from benchmarks.measure import in_a_process
from benchmarks.report import Line, Part, Report, memory, millions

PART = Part(
    "Load",
    "Parquet files, every row checked and marked, into the embedded warehouse, in a process of its own. "
    "Beside it the time to make the files. There is no goal.",
    ("touches", "load", "making the files", "load / making"),
)


def room(size: Size) -> int:
    """Bytes that a load of this size may need on disk for a while: files, staging, sorting and the warehouse."""
    return size.touches * 400 + 2_000_000_000


def seconds(report: Report) -> dict[int, float]:
    """How long the load of each size took, by its number of touches, where this folder's was measured."""
    lines = report.lines.get("load", [])
    return {round(float(line.what.split()[0]) * 1e6): float(line.ours.split(" s")[0]) for line in lines}


def build(place: Place, size: Size, seed: int, report: Report) -> None:
    """Makes and loads a company unless the folder already holds it. Raises RuntimeError where the disk is too small."""
    mark = place.folder / f"made-{size.touches}-{size.accounts}-{seed}"
    if mark.exists():
        return
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    free = shutil.disk_usage(place.folder).free
    if free < room(size):
        raise RuntimeError(f"{millions(size.touches)} touches need {room(size) / 1e9:.0f} GB on disk for a while and "
                           f"{place.folder} has {free / 1e9:.0f}; --folder names another place, --rows a smaller size")
    said = in_a_process("build", place.folder, size.touches, size.accounts, seed)
    mark.touch()
    report.add(Line(
        "load", millions(size.touches),
        f"{said['load']:.0f} s, peak {memory(said['peak_mb'])}, {memory(said['warehouse_mb'])} on disk",
        f"{said['make']:.0f} s, {memory(said['files_mb'])} on disk", said["load"] / said["make"]))
