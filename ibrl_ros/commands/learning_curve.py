"""Draws a run's learning curve, with the evaluations of BC and IBRL as horizontal lines."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ibrl_ros.learning.summary import Evaluation, Training, moving_average

WINDOW = 30
COLOURS = {"training": "#333333", "bc": "#d17a00", "ibrl": "#1f6fb4"}
LABELS = {"bc": "BC", "ibrl": "IBRL"}


def draw_learning_curve(
    path: Path, title: str, training: Training, evaluations: dict[str, Evaluation]
) -> None:
    """Write a PNG: success of the training episodes (left) and BC's share of their actions (right).

    Args:
        path: PNG file to write.
        title: title of the figure.
        training: results of the training episodes.
        evaluations: evaluations by policy, "bc" and "ibrl"; drawn as lines with their 95 % intervals.
    """
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharex=True)
    _draw_success(left, training, evaluations)
    _draw_bc_share(right, training)
    for axes in (left, right):
        axes.axvspan(0, training.warmup_steps, color="#eeeeee", zorder=0)
        axes.set(xlabel="environment steps", xlim=(0, training.env_steps[-1]), ylim=(-0.02, 1.02))
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def _draw_success(axes: Axes, training: Training, evaluations: dict[str, Evaluation]) -> None:
    curve = moving_average(training.success, WINDOW)
    axes.plot(training.env_steps, curve, color=COLOURS["training"], label="training, with exploration")
    for name, evaluation in evaluations.items():
        label = f"{LABELS[name]}: {evaluation.rate:.0%} of {evaluation.episodes} evaluation episodes"
        axes.axhline(evaluation.rate, color=COLOURS[name], linestyle="--", label=label)
        axes.axhspan(*evaluation.interval, color=COLOURS[name], alpha=0.12, linewidth=0)
    axes.set_title(f"success (mean of {WINDOW} episodes)", fontsize="medium")
    axes.legend(fontsize="small", loc="lower right")


def _draw_bc_share(axes: Axes, training: Training) -> None:
    axes.plot(
        training.env_steps,
        moving_average(training.bc_share, WINDOW),
        color=COLOURS["bc"],
        label="share of BC",
    )
    axes.axvspan(0, 0, color="#eeeeee", label="warm-up")
    axes.set_title(f"actions from BC (mean of {WINDOW} episodes)", fontsize="medium")
    axes.legend(fontsize="small", loc="best")
