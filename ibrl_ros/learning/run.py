"""A run: one folder that holds everything, and that the same command finds again to go on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.weights import write

STAGES = ("collect", "train")


class RunError(RuntimeError):
    """A run folder that does not hold what is asked of it, with what to do about it."""


class Run:
    """The folder of a run.

    `config.yaml` says how each stage was started; `demos/`, `replay/` and `eval/<name>/` hold episodes;
    `bc/` and `checkpoints/` weights; `spool/` episodes that the learner has not acknowledged yet.
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

    def evaluation(self, name: str) -> EpisodeStore:
        """The episodes of the evaluation `name`."""
        return EpisodeStore(self.folder / "eval" / name)

    def evaluation_of(self, name: str, about: dict[str, Any]) -> EpisodeStore:
        """The evaluation `name`, to be begun or resumed; one `about` something else is moved aside.

        Args:
            name: the policy's.
            about: what its results are a function of: seed, agent, weights.
        """
        store = self.evaluation(name)
        path = store.folder / "about.yaml"
        if store.folder.is_dir() and (not path.is_file() or yaml.safe_load(path.read_text()) != about):
            number = 1
            while (aside := store.folder.with_name(f"{name}-{number}")).exists():
                number += 1
            store.folder.rename(aside)
        if not path.is_file():
            write(path, yaml.safe_dump(about, sort_keys=False).encode())
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
        """What `begin` recorded, by stage; empty for a new folder."""
        path = self.folder / "config.yaml"
        if not path.is_file():
            return {}
        try:
            content = yaml.safe_load(path.read_text())
        except yaml.YAMLError:
            content = None
        if not isinstance(content, dict):
            raise RunError(f"{path} is not a run's configuration: restore it or take another run_dir")
        return content

    def begin(self, stage: str, settings: dict[str, Any]) -> None:
        """Record how a stage is started, or check that it is resumed as it was started.

        A setting that the record lacks, because an older version wrote it, is added.

        Args:
            stage: its name.
            settings: what YAML can hold; mappings may nest.

        Raises:
            RunError: the folder was started with other settings; names each, old and new.
        """
        content = self.config()
        known, now = _flat(content.get(stage, {})), _flat(settings)
        changed = [
            f"{key}={value!r}, now it is {now.get(key)!r}"
            for key, value in known.items()
            if value != now.get(key)
        ]
        if changed:
            raise RunError(
                f"{self.folder} was started ({stage}) with {'; '.join(changed)}: "
                "start it as before to resume, or take another run_dir"
            )
        if known != now:
            self.folder.mkdir(parents=True, exist_ok=True)
            content[stage] = settings
            write(self.folder / "config.yaml", yaml.safe_dump(content, sort_keys=False).encode())


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as one mapping, with names such as `agent_config.actor.dropout`."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def config_hash(settings: dict[str, Any]) -> str:
    """Twelve hexadecimal digits that tell two settings apart."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:12]
