"""Writes a benchmark's report: tables, curves and provenance."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ibrl_ros.benchmark.curves import draw_curves
from ibrl_ros.benchmark.provenance import made_by, read_starts
from ibrl_ros.benchmark.results import read_result
from ibrl_ros.benchmark.suite import Cell, slug
from ibrl_ros.benchmark.table import tables
from ibrl_ros.learning.weights import write


def write_report(cells: Sequence[Cell], reference: str, out: Path) -> str:
    """Write `report/` into a benchmark's folder.

    Args:
        cells: cells to report, finished or not.
        reference: method with which the other methods are compared.
        out: folder of the benchmark.

    Returns:
        The tables, and the paths of the written files.
    """
    results = [read_result(cell, out) for cell in cells]
    folder, text = out / "report", tables(results, reference)
    pictures = []
    for task in dict.fromkeys(result.cell.environment for result in results if result.rows):
        path = folder / f"{slug(task)}.png"
        draw_curves(path, task, [result for result in results if result.cell.environment == task])
        pictures.append(path)
    unfinished = sum(not result.finished for result in results)
    if unfinished:
        text += f"\n{unfinished} of {len(results)} cells are not finished.\n"
    origins = "".join(f"- {line}\n" for line in made_by(read_starts(out)))
    page = folder / "results.md"
    images = "".join(f"![{path.stem}]({path.name})\n" for path in pictures)
    write(page, f"{text}\n{images}\nMade by\n\n{origins}".encode())
    return "\n".join([text, *map(str, [page, *pictures])])
