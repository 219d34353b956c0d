"""Writes a benchmark's report: rows, provenance, and the tables and curves that are drawn from these."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from ibrl_ros.benchmark.curves import draw_curves
from ibrl_ros.benchmark.provenance import Provenance, made_by, read_starts, write_starts
from ibrl_ros.benchmark.results import Result, read_result
from ibrl_ros.benchmark.suite import Cell, slug
from ibrl_ros.benchmark.table import tables
from ibrl_ros.config import ConfigError
from ibrl_ros.config.faults import explain
from ibrl_ros.learning.weights import write

ROWS = "results.jsonl"


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
    folder, starts = out / "report", read_starts(out)
    lines = [result.model_dump_json() + "\n" for result in results]
    write(folder / ROWS, "".join(lines).encode())
    write_starts(folder, starts)
    return _draw(results, reference, starts, folder)


def draw_again(rows: Path) -> str:
    """Write tables and curves anew from the rows of a report, into its folder; returns as `write_report`.

    Raises:
        ConfigError: the file holds no rows of a report.
    """
    try:
        results = [Result.model_validate_json(line) for line in rows.read_text().splitlines()]
    except ValidationError as error:
        raise ConfigError(f"{rows} has no rows of a report:\n{explain(error, Result)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{rows} can't be read: {error}") from error
    if not results:
        raise ConfigError(f"{rows} is empty: no rows of a report")
    return _draw(results, results[0].cell.method, read_starts(rows.parent), rows.parent)


def _draw(results: Sequence[Result], reference: str, starts: Sequence[Provenance], folder: Path) -> str:
    text, pictures = tables(results, reference), []
    for task in dict.fromkeys(result.cell.environment for result in results if result.rows):
        path = folder / f"{slug(task)}.png"
        draw_curves(path, task, [result for result in results if result.cell.environment == task])
        pictures.append(path)
    unfinished = sum(not result.finished for result in results)
    if unfinished:
        text += f"\n{unfinished} of {len(results)} cells are not finished.\n"
    origins = "".join(f"- {line}\n" for line in made_by(starts))
    page = folder / "results.md"
    images = "".join(f"![{path.stem}]({path.name})\n" for path in pictures)
    write(page, f"{text}\n{images}\nMade by\n\n{origins}".encode())
    return "\n".join([text, *map(str, [page, *pictures])])
