from __future__ import annotations

from pathlib import Path

import pytest
from tiny import AGENT, SUITE, write_suite

from ibrl_ros.benchmark.suite import cells, load_suite, slug
from ibrl_ros.config import ConfigError
from ibrl_ros.config.loader import config_root


@pytest.mark.parametrize(
    "path", sorted((config_root() / "suites").glob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped_suites_can_be_used(path: Path) -> None:
    suite = load_suite(path.stem)
    assert len(list(cells(suite))) == len(suite.tasks) * len(suite.methods) * len(suite.seeds)


def test_each_cell_has_a_folder_of_its_own_and_demonstrations_are_shared(tmp_path: Path) -> None:
    every = list(cells(load_suite("state")))
    assert len({cell.folder(tmp_path) for cell in every}) == len(every)
    assert len({cell.shared_folder(tmp_path) for cell in every}) == 3 * 5


def test_a_method_is_an_agent_by_name_or_in_place(tmp_path: Path) -> None:
    methods = {"by name": "small_state", "changed": {"extends": "small_state", "actor": {"dropout": 0.0}}}
    by_name, changed = (cell.agent for cell in cells(load_suite(str(write_suite(tmp_path, methods=methods)))))
    assert changed == by_name.model_copy(update={"actor": by_name.actor.model_copy(update={"dropout": 0.0})})


def test_all_see_what_any_method_sees(tmp_path: Path) -> None:
    methods = {
        "state": AGENT,
        "pixels": "small_pixels",
        "both": {"extends": "small_pixels", "cameras": ["wrist", "front"]},
    }
    suite = load_suite(str(write_suite(tmp_path, methods=methods)))
    assert {cell.cameras for cell in cells(suite)} == {("wrist", "front")}


def test_behaviour_cloning_has_no_steps_to_train(tmp_path: Path) -> None:
    steps = {cell.method: cell.steps for cell in cells(load_suite(str(write_suite(tmp_path))))}
    assert steps == {"IBRL": SUITE["tasks"]["lift"]["steps"], "BC": 0}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps_share": {"another": 0.5}}, "another"),
        ({"steps_share": {"another": 0.5}}, "another"),
        ({"metods": {}}, "metods: unknown key; known here: evaluation, methods, seeds, steps_share, tasks"),
        ({"tasks": {"lift": {"steps": 10, "demo": 2}}}, r"tasks\.lift\.demo"),
        ({"seeds": []}, "seeds"),
        ({"methods": {"X": "no_such_agent"}}, "method 'X': unknown agent 'no_such_agent'"),
        ({"methods": {"X": {"extends": "small_state", "lrr": 1}}}, "method 'X':\n  lrr: unknown key"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, changes: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        list(cells(load_suite(str(write_suite(tmp_path, **changes)))))


def test_an_unknown_suite_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"unknown suite 'none'; known: .*smoke"):
        load_suite("none")


def test_a_method_may_train_for_a_part_of_the_steps(tmp_path: Path) -> None:
    plain, half = list(SUITE["methods"])[:2]
    steps = {
        cell.method: cell.plan.steps
        for cell in cells(load_suite(str(write_suite(tmp_path, steps_share={half: 0.5}))))
    }
    assert steps[half] == steps[plain] // 2


def test_a_label_becomes_a_file_name() -> None:
    assert slug("metaworld/box-close") == "metaworld-box-close"
    assert slug("no actor proposal") == "no-actor-proposal"
