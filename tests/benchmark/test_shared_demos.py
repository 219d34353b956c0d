"""Demonstrations that methods share are those of the settings they were recorded with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny import SUITE, write_suite

from ibrl_ros.benchmark.shared_demos import meaning, prepare_demonstrations
from ibrl_ros.benchmark.suite import Cell, cells, load_suite
from ibrl_ros.learning.run import Run, RunError

NOBODY: Any = None  # the environment, which a refused cell doesn't get to


def cell_of(folder: Path, task: dict[str, Any], **plan: Any) -> Cell:
    """A cell of a suite whose task's file holds this."""
    path = folder / "task.yaml"
    path.write_text(yaml.safe_dump({"extends": "lift", **task}))
    tasks = {str(path): {**SUITE["tasks"]["lift"], **plan}}
    return next(cells(load_suite(str(write_suite(folder, tasks=tasks)))))


@pytest.mark.parametrize(
    ("task", "plan", "said"),
    [
        ({"position_scale_m": 0.02}, {}, r"task\.position_scale_m=0\.05, now it is 0\.02"),
        ({}, {"operator_noise": 0.5}, r"noise=0\.1, now it is 0\.5"),
    ],
)
def test_those_of_other_settings_are_refused(
    tmp_path: Path, task: dict[str, Any], plan: dict[str, Any], said: str
) -> None:
    shared = tmp_path / "shared"
    Run(shared).keep_meaning(meaning(cell_of(tmp_path, {})))
    with pytest.raises(RunError, match=said):
        prepare_demonstrations(Run(tmp_path / "cell"), shared, cell_of(tmp_path, task, **plan), NOBODY)
    assert not (shared / "demos").exists()


def test_what_changes_no_number_is_taken(tmp_path: Path) -> None:
    before = meaning(cell_of(tmp_path, {}))
    assert meaning(cell_of(tmp_path, {"prompt": "Lift it.", "image_size": 48}, steps=10)) == before
