"""The evaluations of a cell, and statistics of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import Field, NonNegativeInt, PositiveInt

from ibrl_ros.benchmark.suite import Cell
from ibrl_ros.config.base import Config
from ibrl_ros.learning.outcomes import worst_success
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.weights import write

#: A method has learned a task when HELD_EVALUATIONS evaluations in a row have at least this success.
THRESHOLD, HELD_EVALUATIONS = 0.9, 2
RESAMPLES = 10_000


class Row(Config):
    """One evaluation, and the training before it.

    Attributes:
        env_steps: environment steps of training.
        wall_s: duration of training without evaluations, s.
        cpu_s: processor time of training, s; independent of other programs on the machine.
        episodes: number of evaluation episodes.
        successes: number of successful evaluation episodes.
        train_episodes: number of training episodes.
        train_failures: number of failed training episodes.
        train_successes: outcome of each training episode so far, "1" for success, "0" for failure; empty in
            results of older versions.
        bc_share: share of BC's actions in the last training episodes.
        q_mean: mean of the critic's targets since the previous evaluation; None without an update.
        final: whether this is the last evaluation.
    """

    env_steps: NonNegativeInt
    wall_s: float
    cpu_s: float
    episodes: PositiveInt
    successes: NonNegativeInt
    train_episodes: NonNegativeInt
    train_failures: NonNegativeInt
    train_successes: str = Field("", pattern="^[01]*$")
    bc_share: float
    q_mean: float | None
    final: bool

    @property
    def success(self) -> float:
        """Share of successful evaluation episodes."""
        return self.successes / self.episodes


class Result(Config):
    """A cell and its evaluations so far."""

    cell: Cell
    rows: tuple[Row, ...]

    @property
    def finished(self) -> bool:
        """Whether the last evaluation is done."""
        return bool(self.rows) and self.rows[-1].final

    @property
    def held_from(self) -> Row | None:
        """The first of HELD_EVALUATIONS evaluations in a row with success >= THRESHOLD; None without one."""
        held = [row.success >= THRESHOLD for row in self.rows]
        last = len(held) - HELD_EVALUATIONS
        starts = (i for i in range(last + 1) if all(held[i : i + HELD_EVALUATIONS]))
        return next((self.rows[i] for i in starts), None)

    @property
    def worst_success(self) -> float | None:
        """Lowest success in WINDOW consecutive training episodes after the warm-up; None for fewer."""
        outcomes = self.rows[-1].train_successes if self.rows else ""
        return worst_success([one == "1" for one in outcomes[self.cell.agent.warmup_episodes :]])

    def success_at(self, env_steps: int) -> float:
        """Success of the evaluation nearest to a number of environment steps."""
        return min(self.rows, key=lambda row: abs(row.env_steps - env_steps)).success


def read_rows(run: Run) -> list[Row]:
    """The evaluations of a cell's run; empty before the first."""
    path = _path(run)
    return [Row.model_validate_json(line) for line in path.read_text().splitlines()] if path.is_file() else []


def write_rows(run: Run, rows: Sequence[Row]) -> None:
    """Write the evaluations atomically, so that the file is complete even if the process is killed."""
    lines = [json.dumps(row.model_dump()) + "\n" for row in rows]
    write(_path(run), "".join(lines).encode())


def read_result(cell: Cell, out: Path) -> Result:
    """A cell's results in a benchmark's folder."""
    return Result(cell=cell, rows=tuple(read_rows(Run(cell.folder(out)))))


def interval(values: Sequence[float]) -> tuple[float, float] | None:
    """95 % interval of the mean over seeds (percentile bootstrap); None for fewer than two."""
    if len(values) < 2:
        return None
    picks = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(np.asarray(values)[picks].mean(1), [2.5, 97.5])
    return float(low), float(high)


def _path(run: Run) -> Path:
    return run.folder / "evaluations.jsonl"
