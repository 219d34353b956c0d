"""Checks of a run's settings: whether its episodes have the same, and whether their files were edited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ibrl_ros.commands.verifying.contents import FolderContents, RunContents
from ibrl_ros.commands.verifying.finding import Aside, Finding, Mend, spans
from ibrl_ros.config import ConfigError, load_agent, load_robot, load_task
from ibrl_ros.learning.meaning import meaning_of
from ibrl_ros.learning.run import MEANING, Run, differences


def check_settings(contents: RunContents) -> Iterator[Finding]:
    """All checks of the settings."""
    for folder in contents.folders:
        yield from check_hashes(folder)
        yield from check_shapes(folder)
    path = contents.run.folder / "config.yaml"
    if contents.config is None:
        yield Finding("error", path, "it is no configuration of a run", "bring it back from a copy")
        return
    if (fault := contents.run.config_fault()) is not None:
        todo = "config.yaml.copy is taken: let --repair put it in its place"
        yield Finding("error", path, fault.removeprefix(f"{path} "), todo, _restoring(contents.run, path))
    if MEANING in contents.config:
        yield from check_meaning(path, contents.config)
    elif any(folder.episodes for folder in contents.folders):
        what = "it doesn't say what the episodes' numbers mean, as an older version wrote it"
        yield Finding("note", path, what, "the next start adds it, from the files as they are then")
    yield from check_agent(path, contents.config.get("train", {}))


def _restoring(run: Run, path: Path) -> Mend:
    """Takes the damaged configuration aside and writes it anew from its copy."""

    def mend(aside: Aside) -> str:
        taken = aside.take(path)
        run.restore_config()
        return f"{taken}, and wrote it anew from its copy"

    return mend


def check_hashes(folder: FolderContents) -> Iterator[Finding]:
    """Episodes of a folder were recorded with the same settings."""
    indices: dict[str, list[int]] = defaultdict(list)
    for episode in folder.episodes:
        indices[episode.config_hash].append(episode.index)
    if len(indices) > 1:
        groups = "; ".join(f"{spans(group)}: {name or 'none'}" for name, group in indices.items())
        what = f"recorded with {len(indices)} different settings (config_hash by index: {groups})"
        yield Finding("warning", folder.folder, what, "see what was edited in the files of task and agent")


def check_shapes(folder: FolderContents) -> Iterator[Finding]:
    """Episodes of a folder hold arrays of the same names and sizes."""
    indices: dict[object, list[int]] = defaultdict(list)
    for episode in folder.episodes:
        indices[episode.shapes].append(episode.index)
    if len(indices) > 1:
        groups = "; ".join(spans(group) for group in indices.values())
        what = f"episodes hold arrays of {len(indices)} different shapes (by index: {groups})"
        yield Finding("error", folder.folder, what, "keep the episodes of one robot and one task in a run")


def check_meaning(path: Path, config: dict[str, Any]) -> Iterator[Finding]:
    """The files of task and robot still say what was recorded."""
    name = config.get("train", {}).get("task") or config.get("collect", {}).get("task")
    robot = config.get("collect", {}).get("robot", "sim")
    recorded = config[MEANING]
    if not name or "robot" not in recorded:  # a benchmark's, which names no robot
        return
    try:
        now = meaning_of(load_task(name), load_robot(robot), simulated=recorded.get("simulated", True))
    except ConfigError as error:
        what = f"task {name} or robot {robot} can't be read here ({str(error).splitlines()[0]})"
        yield Finding("note", path, what, "whether they were edited isn't known")
        return
    changed = differences(recorded, now)
    if changed:
        what = f"the file of task {name} or of robot {robot} was edited: {'; '.join(changed)}"
        yield Finding("warning", path, what, "take the edit back before the run goes on")


def check_agent(path: Path, train: dict[str, Any]) -> Iterator[Finding]:
    """The agent's file still says what was trained with."""
    name, recorded = train.get("agent"), train.get("agent_config")
    if not name or not recorded:
        return
    try:
        now = load_agent(name).model_dump(mode="json")
    except ConfigError as error:
        what = f"agent {name} can't be read here ({str(error).splitlines()[0]})"
        yield Finding("note", path, what, "whether it was edited isn't known")
        return
    changed = differences(recorded, now)
    if changed:
        what = f"the file of agent {name} was edited: {'; '.join(changed)}"
        yield Finding("warning", path, what, "take the edit back before the run goes on")
