"""Reads and writes a run's config.yaml, which holds the settings of its stages, and the copy of this file."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ibrl_ros.data.durable import StorageError
from ibrl_ros.data.folder_lock import lone_writer
from ibrl_ros.data.sealed_yaml import DamagedYamlError, read_yaml, write_yaml
from ibrl_ros.data.store import set_aside

Sections = dict[str, dict[str, Any]]

logger = logging.getLogger(__name__)


class RunSettings:
    """The settings by section. Several nodes may record sections at the same time.

    If `config.yaml` is damaged, `config.yaml.copy` is read, and the next `record` replaces the damaged file.
    """

    def __init__(self, folder: Path) -> None:
        self.path, self.copy = folder / "config.yaml", folder / "config.yaml.copy"

    def read(self) -> Sections:
        """Returns all sections; empty if nothing was recorded.

        Raises:
            DamagedYamlError: both the file and its copy are damaged.
        """
        return self._read()[0]

    def fault(self) -> DamagedYamlError | None:
        """Returns the file's damage, whatever the state of the copy; None if the file is valid or missing."""
        try:
            if self.path.is_file():
                _sections(self.path)
        except DamagedYamlError as error:
            return error
        return None

    def restore(self) -> None:
        """Replace the file by its copy.

        Raises:
            DamagedYamlError: the copy is damaged.
            OSError: there is no copy, or the file can't be written.
        """
        write_yaml(self.path, _sections(self.copy))

    def record(self, section: str, settings: dict[str, Any], names: Collection[str] = ()) -> list[str]:
        """Record a section unless it is recorded with other values; returns the differences in words.

        Args:
            section: name of the section.
            settings: its settings.
            names: keys whose values may differ; the new value is recorded.

        Raises:
            DamagedYamlError: both the file and its copy are damaged.
            StorageError: the file can't be written.
        """
        with self._locked():
            content, damaged = self._read()
            known = content.get(section, {})
            bound = {key: value for key, value in known.items() if key not in names}
            changed = differences(bound, settings)
            new = not changed and known != settings
            if damaged is not None:
                set_aside(self.path, damaged)
            if new:
                content[section] = settings
            if new or damaged is not None:
                for path in (self.path, self.copy):
                    write_yaml(path, content)
        return changed

    def _read(self) -> tuple[Sections, DamagedYamlError | None]:
        """Returns all sections, and the file's damage if they come from the copy."""
        damaged = self.fault()
        if damaged is None:
            return (_sections(self.path) if self.path.is_file() else {}), None
        try:
            content = _sections(self.copy)
        except (DamagedYamlError, OSError):
            raise DamagedYamlError(f"{damaged}, and there is no whole copy") from damaged
        logger.warning(f"{damaged}; {self.copy.name} is read instead")
        return content, damaged

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Lock the folder against the run's other nodes; a missing folder is created."""
        folder = self.path.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(folder, 0, error) from error
        with lone_writer(folder):
            yield


def _sections(path: Path) -> Sections:
    content = read_yaml(path)
    if not isinstance(content, dict) or not all(isinstance(section, dict) for section in content.values()):
        raise DamagedYamlError(f"{path} is not a run's configuration")
    return content


def differences(recorded: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Returns the settings that differ from the recorded ones, each with key, old and new value, as text."""
    new = _flat(now)
    return [
        f"{key}={value!r}, now it is {new.get(key)!r}"
        for key, value in _flat(recorded).items()
        if value != new.get(key)
    ]


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as a flat mapping, with keys such as `agent_config.actor.dropout`."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
