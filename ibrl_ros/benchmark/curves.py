"""Draws success against environment steps and against processor time, one figure for each task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import cycle
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ibrl_ros.benchmark.results import THRESHOLD, Result, interval

#: Colours of known methods, the same in all figures; other methods get spare colours.
COLOURS = {
    "IBRL": "#1f6fb4",
    "soft IBRL": "#17a2b8",
    "no actor proposal": "#7b52ab",
    "no bootstrap proposal": "#c05fa0",
    "no dropout": "#8c6d46",
    "RLPD": "#c43c39",
    "RFT": "#3a923a",
    "BC": "#d17a00",
}
SPARE_COLOURS = ("#333333", "#6b8e23", "#e377c2", "#1b4d3e", "#9a9a9a", "#000080")


def draw_curves(path: Path, task: str, results: Sequence[Result]) -> None:
    """Write a PNG: the mean over seeds with its 95 % interval, for each method.

    Args:
        path: PNG file to write.
        task: name of the task, the figure's title.
        results: results of the task, finished or not.
    """
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    by_steps, by_time = figure.subplots(1, 2, sharey=True)
    for method, colour in _colours(result.cell.method for result in results).items():
        group = [result for result in results if result.cell.method == method and result.rows]
        if group:
            _draw_method(by_steps, by_time, method, group, colour)
    for axes, label in ((by_steps, "environment steps"), (by_time, "training, minutes of a processor core")):
        axes.axhline(THRESHOLD, color="#bbbbbb", linewidth=0.8, linestyle=":")
        axes.set(xlabel=label, ylim=(-0.02, 1.02))
        axes.set_xlim(left=0)
    by_steps.set_ylabel("success in evaluation")
    figure.legend(*by_steps.get_legend_handles_labels(), fontsize="small", loc="outside right upper")
    figure.suptitle(task)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _draw_method(by_steps: Axes, by_time: Axes, method: str, group: Sequence[Result], colour: str) -> None:
    """Draw one method: a curve up to the steps that all seeds have reached, or a line without training."""
    label = f"{method} ({len(group)} seed{'s'[: len(group) > 1]})"
    count = min(len(result.rows) for result in group)
    rows = np.array([
        [(row.env_steps, row.cpu_s / 60, row.success) for row in result.rows[:count]] for result in group
    ])  # fmt: skip
    steps, minutes, success = rows.mean(0).T
    if group[0].cell.steps == 0:
        for axes in (by_steps, by_time):
            axes.axhline(success[-1], color=colour, linestyle="--", label=label)
        return
    bands = [interval(list(rows[:, i, 2])) for i in range(count)]
    for axes, x in ((by_steps, steps), (by_time, minutes)):
        axes.plot(x, success, color=colour, marker=".", label=label)
        if len(group) > 1:
            low, high = np.array(bands, dtype=float).T
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def _colours(methods: Iterable[str]) -> dict[str, str]:
    spare = cycle(SPARE_COLOURS)
    return {method: COLOURS.get(method) or next(spare) for method in dict.fromkeys(methods)}
