"""Reads every episode of a run once, and keeps the facts that the checks need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ibrl_ros.commands.verifying.cuts import Cuts
from ibrl_ros.commands.verifying.episodes import episode_findings
from ibrl_ros.commands.verifying.finding import Finding, move_aside
from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.data.folder_index import parse_name
from ibrl_ros.data.store import EpisodeStore, load
from ibrl_ros.learning.run import MEANING, Run, RunError, provisional


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """Facts about a stored episode.

    Attributes:
        path: file of the episode.
        index: position in its folder.
        id: unique id.
        steps: number of steps.
        config_hash: hash of the settings at recording.
        shapes: name and shape (of one step) of each array.
    """

    path: Path
    index: int
    id: str
    steps: int
    config_hash: str
    shapes: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass
class FolderContents:
    """A folder of episodes, and the findings from reading them."""

    folder: Path
    kind: Kind
    episodes: list[EpisodeFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    cuts: Cuts = field(default_factory=Cuts)


@dataclass
class RunContents:
    """The episodes and the recorded settings of a run.

    Attributes:
        run: the run.
        demos: demonstrations.
        replay: training episodes stored by the learner.
        spool: training episodes not yet acknowledged by the learner.
        evaluations: evaluation episodes of each policy.
        provisional: episodes whose outcome isn't final, of each of the other folders but replay.
        config: contents of config.yaml; None if unreadable.
    """

    run: Run
    demos: FolderContents
    replay: FolderContents
    spool: FolderContents
    evaluations: list[FolderContents]
    provisional: list[FolderContents]
    config: dict[str, Any] | None

    @property
    def folders(self) -> list[FolderContents]:
        """All folders of episodes."""
        return [self.demos, self.replay, self.spool, *self.evaluations, *self.provisional]


def is_run(folder: Path) -> bool:
    """Whether a folder is a run: it holds a file or folder that only runs have."""
    names = ("config.yaml", "demos", "replay", "spool", "checkpoints", "eval", "bc")
    return any((folder / name).exists() for name in names)


def read_run(run: Run) -> RunContents:
    """Read every episode of a run once."""
    config = _config(run)
    meaning = (config or {}).get(MEANING, {})
    evaluations = [run.evaluation(name) for name in run.evaluations()]
    stores: list[tuple[EpisodeStore, Kind]] = [(run.demos, "demo"), (run.spool, "train")]
    stores += [(store, "eval") for store in evaluations]
    return RunContents(
        run=run,
        demos=read_folder(run.demos.folder, "demo", meaning),
        replay=read_folder(run.replay.folder, "train", meaning),
        spool=read_folder(run.spool.folder, "train", meaning),
        evaluations=[read_folder(store.folder, "eval", meaning) for store in evaluations],
        provisional=[read_folder(provisional(store).folder, kind, meaning) for store, kind in stores],
        config=config,
    )


def read_folder(folder: Path, kind: Kind, meaning: dict[str, Any]) -> FolderContents:
    """Read and check the episodes of a folder.

    Args:
        folder: folder of episodes.
        kind: kind that the episodes must have.
        meaning: settings that give the run's numbers their meaning; empty if not recorded.
    """
    contents = FolderContents(folder, kind)
    for path in _episode_files(folder):
        try:
            episode = load(path)
        except (CorruptEpisodeError, UnsupportedEpisodeError, OSError) as error:
            contents.findings.append(_unreadable(path, error))
            continue
        contents.episodes.append(_facts(path, episode))
        contents.cuts.add(episode)
        contents.findings += episode_findings(path, episode, kind, meaning)
    return contents


def _config(run: Run) -> dict[str, Any] | None:
    """The sections of config.yaml; None if unreadable."""
    try:
        return {name: section for name, section in run.config().items() if isinstance(section, dict)}
    except (RunError, OSError):
        return None


def _episode_files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if parse_name(path.name) is not None)


def _unreadable(path: Path, error: Exception) -> Finding:
    why = str(error).removeprefix(f"{path} ")
    if isinstance(error, CorruptEpisodeError):
        todo = "it is not used for learning; restore it from a copy, or let --repair set it aside"
        return Finding("error", path, why, todo, move_aside(path))
    return Finding("error", path, why, "update ibrl_ros, or make the file readable")


def _facts(path: Path, episode: Episode) -> EpisodeFacts:
    arrays: dict[str, np.ndarray] = {"actions": episode.actions, **episode.observations}
    return EpisodeFacts(
        path=path,
        index=episode.metadata.index,
        id=episode.metadata.id,
        steps=len(episode),
        config_hash=episode.metadata.config_hash,
        shapes=tuple(sorted((name, array.shape[1:]) for name, array in arrays.items())),
    )
