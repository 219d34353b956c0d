"""A run: the folder of its episodes, weights and settings, with which the same command resumes it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ibrl_ros.data.folder_lock import FolderLock, HeldError
from ibrl_ros.data.sealed_yaml import DamagedYamlError, read_yaml, write_yaml
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.run_settings import RunSettings

#: The section of config.yaml that tells what the episodes' numbers mean.
MEANING = "meaning"
#: Parts that one process at a time writes, and the folder in which it is written who does.
PARTS = {
    "demos": "demonstrations",
    "spool": "training episodes on their way",
    "weights": "weights and training episodes",
    "eval": "evaluations",
}
LOCKS = "locks"
#: A process that was told to end may still be writing its last checkpoint.
PATIENCE_S = 5.0


class RunError(RuntimeError):
    """A run folder lacks something, or holds something else; the message says what to do."""


class Run:
    """The folder of a run.

    `config.yaml` says how each stage was started, and what the numbers of the episodes mean; `demos/`,
    `replay/` and `eval/<name>/` hold episodes; `bc/` and `checkpoints/` weights; `spool/` episodes that the
    learner has not acknowledged yet. `config.yaml.copy` is taken where `config.yaml` was damaged.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder).expanduser()
        self.name = self.folder.name
        self.demos = EpisodeStore(self.folder / "demos")
        self.replay = EpisodeStore(self.folder / "replay")
        self.spool = EpisodeStore(self.folder / "spool")
        self.bc = self.folder / "bc" / "bc.safetensors"
        self.interventions = self.folder / "bc" / "interventions.yaml"
        self.checkpoints = self.folder / "checkpoints"
        self.metrics = self.folder / "metrics"
        self.videos = self.folder / "videos"
        self.report = self.folder / "report"
        self.settings = RunSettings(self.folder)
        self._held: dict[str, FolderLock] = {}

    def hold(self, part: str, who: str) -> None:
        """Let no other process write a part of the run before `release`, or the end of this process.

        Args:
            part: one of PARTS.
            who: what this process is called.

        Raises:
            RunError: another process writes it, on this machine or another; names it.
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
        """Let others write the parts that were held."""
        for lock in self._held.values():
            lock.release()
        self._held.clear()

    def evaluation(self, name: str) -> EpisodeStore:
        """The episodes of the evaluation `name`."""
        return EpisodeStore(self.folder / "eval" / name)

    def evaluation_of(self, name: str, about: dict[str, Any]) -> EpisodeStore:
        """The evaluation `name`, to be begun or resumed; one of other settings is moved aside.

        Args:
            name: name of the policy.
            about: everything that its results depend on: seed, agent, weights.
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
        """Names of the evaluations so far."""
        return sorted(path.name for path in (self.folder / "eval").glob("*") if path.is_dir())

    def require(self) -> Run:
        """The run itself, if its folder is there.

        Raises:
            RunError: it isn't.
        """
        if not self.folder.is_dir():
            raise RunError(
                f"no run folder {self.folder}: record demonstrations into it with collect_demos.launch.py"
            )
        return self

    def config(self) -> dict[str, dict[str, Any]]:
        """What `begin` recorded, by stage; empty for a new folder.

        Raises:
            RunError: the record is damaged, and so is its copy.
        """
        try:
            return self.settings.read()
        except DamagedYamlError as error:
            raise RunError(f"{error}: restore it or take another run_dir") from error

    def begin(self, stage: str, settings: dict[str, Any]) -> None:
        """Record how a stage is started, or check that it is resumed as it was started.

        A setting that the record lacks, because an older version wrote it, is added.

        Args:
            stage: name of the stage.
            settings: values that YAML can hold; mappings may nest.

        Raises:
            RunError: the folder was started with other settings; names each, old and new.
            StorageError: the record can't be written.
        """
        changed = self._record(stage, settings)
        if changed:
            raise RunError(
                f"{self.folder} was started ({stage}) with {'; '.join(changed)}: "
                "start it as before to resume, or take another run_dir"
            )

    def keep_meaning(self, settings: dict[str, Any]) -> None:
        """Record what gives the numbers of the run's episodes their meaning, or check that it is the same.

        Demonstrations and all episodes after them have one, whichever stage records them. A run of an older
        version, which has no record, is taken to have this one.

        Args:
            settings: see meaning.meaning_of.

        Raises:
            RunError: the run's episodes were recorded with others; names each, old and new.
            StorageError: the record can't be written.
        """
        changed = self._record(MEANING, settings)
        if changed:
            raise RunError(
                f"the episodes in {self.folder} were recorded with {'; '.join(changed)}: their numbers would "
                "mean something else. Take the edit of the task's or robot's file back, or another run_dir"
            )

    def _record(self, section: str, settings: dict[str, Any]) -> list[str]:
        """Record settings unless others are recorded; gives the differences in words."""
        try:
            return self.settings.record(section, settings)
        except DamagedYamlError as error:
            raise RunError(f"{error}: restore it or take another run_dir") from error


def _about(path: Path) -> Any:
    """What an evaluation is of; None where that isn't known any more."""
    try:
        return read_yaml(path)
    except (DamagedYamlError, FileNotFoundError):
        return None


def config_hash(settings: dict[str, Any]) -> str:
    """First twelve hexadecimal digits of the settings' SHA-256."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:12]
