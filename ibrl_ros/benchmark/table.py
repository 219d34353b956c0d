"""A benchmark's results as Markdown tables: results of each method, comparisons with a reference method."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ibrl_ros.benchmark.results import THRESHOLD, Result, Row, interval
from ibrl_ros.learning.outcomes import WINDOW

NOTHING, NEVER = "-", "not reached"
HOLDS = f"{THRESHOLD:.0%}"


def tables(results: Sequence[Result], reference: str) -> str:
    """The tables, one section for each task.

    Args:
        results: results of the cells; unfinished ones are ignored.
        reference: method with which the other methods are compared, seed by seed.
    """
    sections = []
    finished = [result for result in results if result.finished]
    for task in dict.fromkeys(result.cell.environment for result in finished):
        here = [result for result in finished if result.cell.environment == task]
        sections += [f"## {task}", _achievements(here)]
        if any(result.cell.method == reference and result.held_from for result in here):
            sections += [f"Compared with {reference}, seed by seed:", _comparisons(here, reference)]
    return "\n\n".join(sections) + "\n"


def _achievements(results: Sequence[Result]) -> str:
    """The results of each method: means over seeds; medians where a seed may not reach the threshold."""
    header = (
        "method", "seeds", "final success", f"steps to {HOLDS}", "failed episodes until then",
        "success while training", f"worst {WINDOW} episodes", "training, min (CPU)",
    )  # fmt: skip
    rows = [[method, *_achieved(group)] for method, group in _by_method(results).items()]
    return _markdown(header, rows)


def _achieved(group: Sequence[Result]) -> list[str]:
    last = [result.rows[-1] for result in group]
    final = [row.success for row in last]
    spread = interval(final)
    success = f"{np.mean(final):.1%}" + (f" [{spread[0]:.1%}, {spread[1]:.1%}]" if spread else "")
    if group[0].cell.steps == 0:
        return [str(len(group)), success, *[NOTHING] * 5]
    worst = [result.worst_success for result in group if result.worst_success is not None]
    held = sum(result.held_from is not None for result in group)
    return [
        str(len(group)),
        success,
        f"{_count(np.median([_steps(result) for result in group]))} ({held} of {len(group)})",
        _count(np.median([_failures(result) for result in group])),
        f"{np.mean([1 - row.train_failures / row.train_episodes for row in last]):.1%}",
        f"{min(worst):.0%}" if worst else NOTHING,
        f"{np.mean([row.wall_s for row in last]) / 60:.1f} ({np.mean([row.cpu_s for row in last]) / 60:.1f})",
    ]


def _comparisons(results: Sequence[Result], reference: str) -> str:
    """Each method compared with the reference, over the seeds in which the reference holds the threshold."""
    groups = _by_method(results)
    there = {result.cell.seed: result.held_from for result in groups.pop(reference)}
    header = (
        "method", "seeds", f"steps to {HOLDS}", "failed episodes until then",
        f"success where {reference} first holds {HOLDS}",
    )  # fmt: skip
    rows = []
    for method, group in groups.items():
        met = [(result, there.get(result.cell.seed)) for result in group]
        pairs = [(result, row) for result, row in met if row is not None]
        if pairs:
            rows.append([method, *_compared(pairs)])
    return _markdown(header, rows)


def _compared(pairs: Sequence[tuple[Result, Row]]) -> list[str]:
    """Medians of the ratios to the reference, and mean success at the reference's steps.

    Args:
        pairs: a method's result and the first row of the reference that holds the threshold, by seed.
    """
    own = np.mean([result.success_at(row.env_steps) for result, row in pairs])
    success = f"{own:.1%} (there {np.mean([row.success for _, row in pairs]):.1%})"
    if pairs[0][0].cell.steps == 0:
        return [str(len(pairs)), NOTHING, NOTHING, success]
    steps = np.median([_steps(result) / row.env_steps for result, row in pairs])
    failures = np.median([_failures(result) / max(row.train_failures, 1) for result, row in pairs])
    return [str(len(pairs)), _ratio(steps), _ratio(failures), success]


def _by_method(results: Sequence[Result]) -> dict[str, list[Result]]:
    methods = dict.fromkeys(result.cell.method for result in results)
    return {method: [result for result in results if result.cell.method == method] for method in methods}


def _steps(result: Result) -> float:
    """Environment steps until success holds the threshold; infinite if it never does."""
    return result.held_from.env_steps if result.held_from else math.inf


def _failures(result: Result) -> float:
    """Failed training episodes until success holds the threshold; infinite if it never does."""
    return result.held_from.train_failures if result.held_from else math.inf


def _count(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else NEVER


def _ratio(value: float) -> str:
    return f"x {value:.2f}" if math.isfinite(value) else NEVER


def _markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
