"""What the folders of a run hold: every episode is read once, and what is known of it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ibrl_ros.commands.verifying.cuts import Cuts
from ibrl_ros.commands.verifying.episodes import episode_findings
from ibrl_ros.commands.verifying.finding import Finding, taking
from ibrl_ros.data.codec import CorruptEpisodeError, UnsupportedEpisodeError
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.data.folder_index import parse_name
from ibrl_ros.data.store import load
from ibrl_ros.learning.run import MEANING, Run, RunError


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What is known of a stored episode.

    Attributes:
        path: its file.
        index: its position in its folder.
        id: its own.
        steps: how many it has.
        config_hash: tells the settings that it was recorded with from others.
        shapes: of a step of each array, by name.
    """

    path: Path
    index: int
    id: str
    steps: int
    config_hash: str
    shapes: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass
class FolderContents:
    """A folder of episodes, and what was found while they were read."""

    folder: Path
    kind: Kind
    episodes: list[EpisodeFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    cuts: Cuts = field(default_factory=Cuts)


@dataclass
class RunContents:
    """All that a run's folder holds of episodes, and its settings as they were recorded.

    Attributes:
        run: the run.
        demos: the demonstrations.
        replay: the training episodes that the learner has stored.
        spool: those on their way to it.
        evaluations: the evaluation episodes of each policy.
        config: of config.yaml; None if that can't be read.
    """

    run: Run
    demos: FolderContents
    replay: FolderContents
    spool: FolderContents
    evaluations: list[FolderContents]
    config: dict[str, Any] | None

    @property
    def folders(self) -> list[FolderContents]:
        """All folders of episodes."""
        return [self.demos, self.replay, self.spool, *self.evaluations]


def is_run(folder: Path) -> bool:
    """Whether a folder is a run's: it holds what only a run does."""
    names = ("config.yaml", "demos", "replay", "spool", "checkpoints", "eval", "bc")
    return any((folder / name).exists() for name in names)


def read_run(run: Run) -> RunContents:
    """Read every episode of a run once."""
    config = _config(run)
    meaning = (config or {}).get(MEANING, {})
    evaluations = [run.evaluation(name).folder for name in run.evaluations()]
    return RunContents(
        run=run,
        demos=read_folder(run.demos.folder, "demo", meaning),
        replay=read_folder(run.replay.folder, "train", meaning),
        spool=read_folder(run.spool.folder, "train", meaning),
        evaluations=[read_folder(folder, "eval", meaning) for folder in evaluations],
        config=config,
    )


def read_folder(folder: Path, kind: Kind, meaning: dict[str, Any]) -> FolderContents:
    """Read a folder's episodes, which are to be of a kind and of the run's meaning."""
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
    """The sections of config.yaml; None if it can't be read."""
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
        todo = "it isn't learned from; bring it back from a copy, or let --repair set it aside"
        return Finding("error", path, why, todo, taking(path))
    return Finding("error", path, why, "update ibrl_ros, or see to it that it can be read")


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
