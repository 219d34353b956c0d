"""What all methods of a task and seed begin with: the demonstrations, and the BC policies trained on them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ibrl_ros.benchmark.environments import Environment, make_demonstrator, task_of
from ibrl_ros.benchmark.rollout import roll_out, scene_seed
from ibrl_ros.benchmark.suite import Cell
from ibrl_ros.control.step.choosers import person
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.imitation import demonstrations, obtain_bc
from ibrl_ros.learning.meaning import meaning_of
from ibrl_ros.learning.run import Run, RunError, config_hash

#: A demonstrator that fails this often for each demonstration that is wanted isn't one.
ATTEMPTS = 20
#: What of an agent its BC policies depend on.
BC_SETTINGS = {"bc", "bc_others", "observation", "cameras", "rl_cameras", "image_size", "prop_stack"}


def prepare_demonstrations(run: Run, shared: Path, cell: Cell, environment: Environment) -> None:
    """Give a run its demonstrations and its BC policy, by links into the folder that all methods share.

    The first cell makes what isn't there yet; others wait for it.

    Raises:
        RunError: the demonstrator succeeds too seldom, or the folder's demonstrations are of other settings.
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
    """What the demonstrations are a function of, beside the seed: those of other settings aren't taken."""
    task = task_of(cell.environment)
    settings = {} if task is None else meaning_of(task, None, simulated=True)
    pictures = {
        "cameras": sorted(cell.cameras),
        "image_size": cell.agent.image_size if cell.cameras else None,
    }
    return {**settings, "task": {**settings.get("task", {}), **pictures}, "noise": cell.plan.operator_noise}


def collect(demos: EpisodeStore, cell: Cell, environment: Environment) -> None:
    """Record the successful demonstrations that are missing.

    Raises:
        RunError: the demonstrator succeeds too seldom.
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
            kind="demo",
            seed=seed,
            index=attempt,
            task=cell.environment,
        )
        if episode.metadata.succeeded:
            demos.save(episode)
    if len(demos) < cell.plan.demos:
        raise RunError(
            f"{cell.environment}: {len(demos)} of {ATTEMPTS * cell.plan.demos} demonstrations succeeded, "
            f"{cell.plan.demos} are wanted: less operator_noise may help"
        )


def link(path: Path, target: Path) -> None:
    """Have a path lead to a folder, which is made if it isn't there."""
    target.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(os.path.relpath(target, path.parent))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder that no other process holds then."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
