"""A run: a folder of episodes, weights and settings, from which the same command resumes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ibrl_ros.data.folder_lock import FolderLock, HeldError
from ibrl_ros.data.sealed_yaml import DamagedYamlError, read_yaml, write_yaml
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.run_settings import RunSettings

#: Section of config.yaml with the settings that define the meaning of the episodes' numbers.
MEANING = "meaning"
#: Section with the settings that define what the pictures show.
PICTURES = "pictures"
#: Parts that only one process at a time may write, with their names in messages; LOCKS holds the locks.
PARTS = {
    "demos": "demonstrations",
    "spool": "training episodes on their way",
    "weights": "weights and training episodes",
    "eval": "evaluations",
}
LOCKS = "locks"
PROVISIONAL = "provisional"
#: Longest wait for a lock, seconds: a process that is ending may still be writing its last checkpoint.
PATIENCE_S = 5.0


class RunError(RuntimeError):
    """A run folder lacks a file, or holds data of other settings; the message says what to do."""


class Run:
    """The folder of a run.

    `config.yaml` holds the settings of each stage, and those that define what the episodes' numbers mean.
    `demos/`, `replay/` and `eval/<name>/` hold episodes, `bc/` and `checkpoints/` weights, `spool/` episodes
    that the learner has not acknowledged yet. A folder of episodes may have a folder `provisional/` with an
    episode whose outcome a person may still change. `config.yaml.copy` replaces a damaged `config.yaml`.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder).expanduser()
        self.name = self.folder.name
        self.demos = EpisodeStore(self.folder / "demos")
        self.replay = EpisodeStore(self.folder / "replay")
        self.spool = EpisodeStore(self.folder / "spool")
        self.bc = self.folder / "bc" / "bc.safetensors"
        self.interventions = self.folder / "bc" / "interventions.yaml"
        self.proposals = self.folder / "bc" / "proposals.cache"
        self.checkpoints = self.folder / "checkpoints"
        self.metrics = self.folder / "metrics"
        self.videos = self.folder / "videos"
        self.report = self.folder / "report"
        self.settings = RunSettings(self.folder)
        self._held: dict[str, FolderLock] = {}

    def hold(self, part: str, who: str) -> None:
        """Lock a part of the run for this process, until `release` or the end of the process.

        Args:
            part: one of PARTS.
            who: name of this process.

        Raises:
            RunError: another process holds the lock, on this machine or another; names this process.
            StorageError: the folder can't be written.
        """
        if part in self._held:
            return
        try:
            self._held[part] = FolderLock(self.folder / LOCKS / f"{part}.lock", who, PATIENCE_S)
        except HeldError as error:
            raise RunError(
                f"{self.folder} is in use: {error} writes its {PARTS[part]}. End that one first, "
                "or take another run_dir"
            ) from error

    def release(self) -> None:
        """Release all locks of this process."""
        for lock in self._held.values():
            lock.release()
        self._held.clear()

    def evaluation(self, name: str) -> EpisodeStore:
        """Returns the store of the evaluation `name`."""
        return EpisodeStore(self.folder / "eval" / name)

    def evaluation_of(self, name: str, about: dict[str, Any]) -> EpisodeStore:
        """Returns the store of the evaluation `name`; one of other settings is renamed first.

        Args:
            name: name of the policy.
            about: settings on which the results depend: seed, agent, weights.
        """
        store = self.evaluation(name)
        path = store.folder / "about.yaml"
        if store.folder.is_dir() and _about(path) != about:
            number = 1
            while (aside := store.folder.with_name(f"{name}-{number}")).exists():
                number += 1
            store.folder.rename(aside)
        if not path.is_file():
            write_yaml(path, about)
        return store

    def evaluations(self) -> list[str]:
        """Returns the names of the evaluations so far."""
        return sorted(path.name for path in (self.folder / "eval").glob("*") if path.is_dir())

    def require(self) -> Run:
        """Returns the run itself.

        Raises:
            RunError: its folder doesn't exist.
        """
        if not self.folder.is_dir():
            raise RunError(
                f"no run folder {self.folder}: record demonstrations into it with collect_demos.launch.py"
            )
        return self

    def config(self) -> dict[str, dict[str, Any]]:
        """Returns the recorded settings by section; empty for a new folder.

        Raises:
            RunError: both the record and its copy are damaged.
        """
        try:
            return self.settings.read()
        except DamagedYamlError as error:
            raise RunError(f"{error}: restore it or take another run_dir") from error

    def begin(self, stage: str, settings: dict[str, Any], names: Collection[str] = ()) -> None:
        """Record the settings of a stage, or check that they equal the recorded ones.

        A setting that is missing in the record, because an older version wrote it, is added.

        Args:
            stage: name of the stage.
            settings: values that YAML can hold; mappings may nest.
            names: keys that may change, because they only say where the other settings are from.

        Raises:
            RunError: the folder was started with other settings; names each, old and new.
            StorageError: the record can't be written.
        """
        changed = self._record(stage, settings, names)
        if changed:
            raise RunError(
                f"{self.folder} was started ({stage}) with {'; '.join(changed)}: "
                "start it as before to resume, or take another run_dir"
            )

    def keep_meaning(self, settings: dict[str, Any]) -> None:
        """Record the settings that define what the episodes' numbers mean, or check that they are the same.

        The episodes of all stages of a run have the same settings. A run of an older version, which has no
        record, is assumed to have these.

        Args:
            settings: the settings, see meaning.meaning_of.

        Raises:
            RunError: the run's episodes were recorded with other settings; names each, old and new.
            StorageError: the record can't be written.
        """
        self._keep(MEANING, settings, "their numbers would mean something else", "task's or robot's")

    def keep_pictures(self, settings: dict[str, Any]) -> None:
        """Record the settings that define what the pictures show, or check that they are the same.

        Args:
            settings: the settings, see meaning.meaning_of_pictures.

        Raises:
            RunError: the run's pictures were recorded with other settings; names each, old and new.
            StorageError: the record can't be written.
        """
        self._keep(PICTURES, settings, "their pictures would show something else", "camera's")

    def _keep(self, section: str, settings: dict[str, Any], why: str, whose: str) -> None:
        changed = self._record(section, settings)
        if changed:
            raise RunError(
                f"the episodes in {self.folder} were recorded with {'; '.join(changed)}: {why}. "
                f"Take the edit of the {whose} file back, or another run_dir"
            )

    def _record(self, section: str, settings: dict[str, Any], names: Collection[str] = ()) -> list[str]:
        """Record settings unless others are recorded; returns the differences in words."""
        try:
            return self.settings.record(section, settings, names)
        except DamagedYamlError as error:
            raise RunError(f"{error}: restore it or take another run_dir") from error


def provisional(store: EpisodeStore) -> EpisodeStore:
    """Returns the store of the episodes that will be in `store`, but whose outcome may still change."""
    return EpisodeStore(store.folder / PROVISIONAL)


def _about(path: Path) -> Any:
    """Returns the recorded settings of an evaluation; None if the record is missing or damaged."""
    try:
        return read_yaml(path)
    except (DamagedYamlError, FileNotFoundError):
        return None


def config_hash(settings: dict[str, Any]) -> str:
    """Returns the first twelve hexadecimal digits of the settings' SHA-256."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:12]
