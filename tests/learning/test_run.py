"""A run's folder remembers how it was started."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import make_config, make_episode

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
        ({"agent": "td3", "seed": 2}, "agent='small_state', now it is 'td3'; seed=1, now it is 2"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    run = Run(tmp_path / "run")
    run.begin("train", SETTINGS)
    with pytest.raises(RunError, match=said) as refused:
        run.begin("train", changed)
    assert str(run.folder) in str(refused.value)
    assert run.config() == {"train": SETTINGS}


def test_an_edited_agent_is_refused_by_its_keys(tmp_path: Path) -> None:
    def settings(**changes: object) -> dict[str, object]:
        return {"agent": "mine", "agent_config": make_config(**changes).model_dump(mode="json")}

    run = Run(tmp_path / "run")
    run.begin("train", settings())
    run.begin("train", settings())
    edited = settings(lr=0.5, actor={"hidden_dim": 16, "dropout": 0.25}, bc_others=[{"steps": 7}])
    with pytest.raises(RunError) as refused:
        run.begin("train", edited)
    said = str(refused.value)
    assert "agent_config.lr=0.0001, now it is 0.5" in said
    assert "agent_config.actor.dropout=0.5, now it is 0.25" in said
    assert "agent_config.bc_others=[], now it is [{" in said
    assert "critic" not in said and "hidden_dim=" not in said


def test_what_an_older_version_did_not_record_is_added(tmp_path: Path) -> None:
    run, more = Run(tmp_path / "run"), {**SETTINGS, "agent_config": {"lr": 0.1}}
    run.begin("train", SETTINGS)
    run.begin("train", more)
    assert run.config() == {"train": more}
    with pytest.raises(RunError, match=r"agent_config\.lr=0\.1, now it is 0\.2"):
        run.begin("train", {**SETTINGS, "agent_config": {"lr": 0.2}})


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
