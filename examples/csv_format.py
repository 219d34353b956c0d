"""Example of a data format: demonstrations without images, as CSV tables that any program can write.

Put this folder on PYTHONPATH:

    export PYTHONPATH=examples
    ibrl export --run runs/mine --format csv_format:CsvTables tables
    ibrl import --run runs/new --format csv_format:CsvTables examples/demonstrations
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from ibrl_ros.data.episode import Episode, EpisodeMetadata
from ibrl_ros.data.format import Format, FormatError

PROP = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
ACTION = ("dx", "dy", "dz", "droll", "dpitch", "dyaw", "close")
COLUMNS = ("stamp", *PROP, *ACTION, "reward")
PERSON = -1


class CsvTables(Format):
    """A folder of .csv files, one for each episode: time, proprioception, action and reward of each step.

    Values and units are those of Episode. An episode whose last reward is above 0 is a success.
    """

    suffix = ".csv"

    def write(self, episodes: Iterable[Episode], path: Path) -> None:
        """Write a table for each episode, without images."""
        path.mkdir(parents=True)
        for episode in episodes:
            if episode.action_dim != len(ACTION):
                raise FormatError(f"actions of {episode.action_dim} values; a table has {len(ACTION)}")
            parts = [episode.stamps[:, None], episode.observations["prop"], episode.actions]
            with (path / f"{episode.metadata.id}.csv").open("w", newline="") as file:
                table = csv.writer(file)
                table.writerow(COLUMNS)
                table.writerows(np.column_stack([*parts, episode.rewards]).tolist())

    def read(self, path: Path) -> Iterator[Episode]:
        """The episode of each table; its id is the file's name."""
        for index, file in enumerate(self.files(path)):
            try:
                yield self._episode(file, index)
            except ValueError as error:
                raise FormatError(f"{file}: {error}") from error

    def _episode(self, file: Path, index: int) -> Episode:
        with file.open(newline="") as text:
            header, *rows = list(csv.reader(text)) or [[]]
        if tuple(header) != COLUMNS:
            raise ValueError(f"the first line must be {','.join(COLUMNS)}")
        values = np.array(rows, np.float64).reshape(len(rows), len(COLUMNS))
        prop, action = values[:, 1:9].astype(np.float32), values[:, 9:16].astype(np.float32)
        succeeded = bool(len(rows) and values[-1, -1] > 0)
        metadata = EpisodeMetadata(
            run="imported", id=file.stem, index=index, task="", seed=0, config_hash="", kind="demo",
            outcome="success" if succeeded else "failure", created_at="",
        )  # fmt: skip
        return Episode(
            observations={"prop": prop},
            actions=action,
            rewards=values[:, -1].astype(np.float32),
            sources=np.full(len(rows), PERSON, np.int8),
            interventions=np.zeros(len(rows), np.bool_),
            stamps=values[:, 0].copy(),
            terminated=True,
            truncated=False,
            metadata=metadata,
        )
