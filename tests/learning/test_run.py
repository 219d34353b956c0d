"""A run's folder remembers how it was started."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import make_episode

from ibrl_ros.learning.run import Run, RunError, config_hash

SETTINGS = {"agent": "small_state", "seed": 1}


def test_the_same_settings_resume(tmp_path: Path) -> None:
    Run(tmp_path / "run").begin("train", SETTINGS)
    again = Run(tmp_path / "run")
    again.begin("train", SETTINGS)
    again.begin("collect", {"seed": 3})
    assert again.config() == {"train": SETTINGS, "collect": {"seed": 3}}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({**SETTINGS, "seed": 2}, "seed=1, now it is 2"),
        ({"agent": "small_state"}, "seed=1, now it is None"),
        ({**SETTINGS, "task": "lift"}, "task=None, now it is 'lift'"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    run = Run(tmp_path / "run")
    run.begin("train", SETTINGS)
    with pytest.raises(RunError, match=said) as refused:
        run.begin("train", changed)
    assert str(run.folder) in str(refused.value)
    assert run.config() == {"train": SETTINGS}


@pytest.mark.parametrize("content", ["", "- a list\n", "train: [\n"])
def test_a_damaged_configuration_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.yaml").write_text(content)
    with pytest.raises(RunError, match=str(tmp_path / "config.yaml")):
        Run(tmp_path).begin("train", SETTINGS)


def test_a_missing_folder_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="collect_demos"):
        Run(tmp_path / "nothing").require()
    assert Run(tmp_path).require().name == tmp_path.name


def test_evaluations_are_listed_by_name(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.evaluations() == []
    for name in ("ibrl", "bc"):
        run.evaluation(name).save(make_episode(0, "eval"))
    assert run.evaluations() == ["bc", "ibrl"]


def test_the_hash_depends_on_values_and_not_on_order() -> None:
    assert config_hash({"a": 1, "b": [2, 3]}) == config_hash({"b": [2, 3], "a": 1})
    assert config_hash({"a": 1}) != config_hash({"a": 2})
