"""Demonstrations and BC policies that all methods of a task and seed share."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ibrl_ros.benchmark.environments import Environment, make_demonstrator, task_of
from ibrl_ros.benchmark.rollout import EpisodeSpec, roll_out, scene_seed
from ibrl_ros.benchmark.suite import Cell
from ibrl_ros.control.step.choosers import person
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.imitation import demonstrations, obtain_bc
from ibrl_ros.learning.meaning import meaning_of
from ibrl_ros.learning.run import Run, RunError, config_hash

#: Most attempts for each wanted demonstration.
ATTEMPTS = 20
#: The agent's settings on which its BC policies depend.
BC_SETTINGS = {"bc", "bc_others", "observation", "cameras", "rl_cameras", "image_size", "prop_stack"}


def prepare_demonstrations(run: Run, shared: Path, cell: Cell, environment: Environment) -> None:
    """Link a run's demonstrations and BC policy to the folder that all methods share.

    The first cell creates missing demonstrations and policies; other cells wait for it.

    Raises:
        RunError: the demonstrator fails too often, or the shared demonstrations have other settings.
    """
    settings = config_hash(cell.agent.model_dump(mode="json", include=BC_SETTINGS))
    with locked(shared):
        Run(shared).keep_meaning(meaning(cell))
        demos = EpisodeStore(shared / "demos")
        collect(demos, cell, environment)
        link(run.folder / "demos", demos.folder)
        link(run.folder / "bc", shared / f"bc-{settings}")
        obtain_bc(run, demonstrations(run), cell.agent, cell.seed)


def meaning(cell: Cell) -> dict[str, Any]:
    """The settings, besides the seed, on which the demonstrations depend."""
    task = task_of(cell.environment)
    settings = {} if task is None else meaning_of(task, None, simulated=True)
    pictures = {
        "cameras": sorted(cell.cameras),
        "image_size": cell.agent.image_size if cell.cameras else None,
    }
    return {**settings, "task": {**settings.get("task", {}), **pictures}, "noise": cell.plan.operator_noise}


def collect(demos: EpisodeStore, cell: Cell, environment: Environment) -> None:
    """Record demonstrations until there are enough successful ones.

    Raises:
        RunError: the demonstrator fails too often.
    """
    demonstrator = make_demonstrator(cell.environment, cell.plan.operator_noise, cell.seed)
    for attempt in range(demos.next_index(), ATTEMPTS * cell.plan.demos):
        if len(demos) >= cell.plan.demos:
            return
        seed = scene_seed("demo", cell.seed, attempt)
        demonstrator.begin(seed)
        episode = roll_out(
            environment,
            lambda observation: person(demonstrator.act(observation)),
            EpisodeSpec("demo", seed, attempt, cell.environment),
        )
        if episode.metadata.succeeded:
            demos.save(episode)
    if len(demos) < cell.plan.demos:
        raise RunError(
            f"{cell.environment}: {len(demos)} of {ATTEMPTS * cell.plan.demos} demonstrations succeeded, "
            f"{cell.plan.demos} are needed: reduce operator_noise"
        )


def link(path: Path, target: Path) -> None:
    """Make a path a link to a folder; creates the folder if needed."""
    target.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(os.path.relpath(target, path.parent))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes; waits for the lock."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
