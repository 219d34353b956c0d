"""Checks that a run's episodes have the same settings, and that the configuration files are unchanged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ibrl_ros.commands.verifying.contents import FolderContents, RunContents
from ibrl_ros.commands.verifying.finding import Aside, Finding, Repair, spans
from ibrl_ros.config import ConfigError, load_agent, load_robot, load_task
from ibrl_ros.learning.meaning import meaning_of
from ibrl_ros.learning.run import MEANING, Run
from ibrl_ros.learning.run_settings import differences


def check_settings(contents: RunContents) -> Iterator[Finding]:
    """Run all checks of the settings."""
    for folder in contents.folders:
        yield from check_hashes(folder)
        yield from check_shapes(folder)
    path = contents.run.folder / "config.yaml"
    if contents.config is None:
        yield Finding("error", path, "not the configuration of a run", "restore it from a copy")
        return
    if (fault := contents.run.settings.fault()) is not None:
        todo = "config.yaml.copy is taken: let --repair put it in its place"
        yield Finding(
            "error", path, str(fault).removeprefix(f"{path} "), todo, _restoring(contents.run, path)
        )
    if MEANING in contents.config:
        yield from check_meaning(path, contents.config)
    elif any(folder.episodes for folder in contents.folders):
        what = "an older version wrote it, without the settings that give the episodes' numbers their meaning"
        yield Finding("note", path, what, "the next start adds them, from the files of that time")
    yield from check_agent(path, contents.config.get("train", {}))


def _restoring(run: Run, path: Path) -> Repair:
    """Takes the damaged configuration aside and writes it anew from its copy."""

    def repair(aside: Aside) -> str:
        taken = aside.take(path)
        run.settings.restore()
        return f"{taken}, and wrote it anew from its copy"

    return repair


def check_hashes(folder: FolderContents) -> Iterator[Finding]:
    """Check that the episodes of a folder were recorded with the same settings."""
    indices: dict[str, list[int]] = defaultdict(list)
    for episode in folder.episodes:
        indices[episode.config_hash].append(episode.index)
    if len(indices) > 1:
        groups = "; ".join(f"{spans(group)}: {name or 'none'}" for name, group in indices.items())
        what = f"recorded with {len(indices)} different settings (config_hash by index: {groups})"
        yield Finding("warning", folder.folder, what, "check the files of task and agent for edits")


def check_shapes(folder: FolderContents) -> Iterator[Finding]:
    """Check that the episodes of a folder have arrays of the same names and shapes."""
    indices: dict[object, list[int]] = defaultdict(list)
    for episode in folder.episodes:
        indices[episode.shapes].append(episode.index)
    if len(indices) > 1:
        groups = "; ".join(spans(group) for group in indices.values())
        what = f"episodes hold arrays of {len(indices)} different shapes (by index: {groups})"
        yield Finding("error", folder.folder, what, "keep the episodes of one robot and one task in a run")


def check_meaning(path: Path, config: dict[str, Any]) -> Iterator[Finding]:
    """Check that the files of task and robot still hold the recorded settings."""
    name = config.get("train", {}).get("task") or config.get("collect", {}).get("task")
    robot = config.get("collect", {}).get("robot", "sim")
    recorded = config[MEANING]
    if not name or "robot" not in recorded:  # the run of a benchmark has no robot
        return
    simulated = recorded.get("simulated", True)
    yield from _check_unedited(
        path,
        f"task {name} or robot {robot}",
        recorded,
        lambda: meaning_of(load_task(name), load_robot(robot), simulated=simulated),
    )


def check_agent(path: Path, train: dict[str, Any]) -> Iterator[Finding]:
    """Check that the agent's file still holds the settings of the training."""
    name, recorded = train.get("agent"), train.get("agent_config")
    if name and recorded:
        yield from _check_unedited(
            path, f"agent {name}", recorded, lambda: load_agent(name).model_dump(mode="json")
        )


def _check_unedited(
    path: Path, files: str, recorded: dict[str, Any], read: Callable[[], dict[str, Any]]
) -> Iterator[Finding]:
    """Compare recorded settings with the present ones of `files`, for example "agent small_pixels"."""
    try:
        now = read()
    except ConfigError as error:
        what = f"{files} can't be read here ({str(error).splitlines()[0]})"
        yield Finding("note", path, what, "edits of the file can't be detected")
        return
    changed = differences(recorded, now)
    if changed:
        what = f"the file of {files} was edited: {'; '.join(changed)}"
        yield Finding("warning", path, what, "undo the edit before the run goes on")
