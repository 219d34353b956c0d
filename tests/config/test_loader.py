"""A configuration that cannot be used says which key of which file is wrong, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ibrl_ros.config import ConfigError, load_agent, load_robot, load_task, load_teleop
from ibrl_ros.config.loader import config_root

LOADERS: dict[str, Callable[[str], Any]] = {
    "tasks": load_task, "robots": load_robot, "agents": load_agent, "teleop": load_teleop,
}  # fmt: skip
SHIPPED = [path for kind in LOADERS for path in sorted((config_root() / kind).glob("*.yaml"))]
REMOVED = object()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_shipped_file_loads_by_name_and_by_path(path: Path) -> None:
    loader = LOADERS[path.parent.name]
    assert loader(path.stem) == loader(str(path))


def test_there_is_something_shipped_of_each_kind() -> None:
    assert {path.parent.name for path in SHIPPED} == set(LOADERS)


@pytest.mark.parametrize("kind", LOADERS)
def test_an_unknown_name_lists_the_known_ones(kind: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown {kind.removesuffix('s')} 'nonsense'") as refused:
        LOADERS[kind]("nonsense")
    for path in SHIPPED:
        if path.parent.name == kind:
            assert path.stem in str(refused.value)


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"{tmp_path}/mine.yaml: no such file")):
        load_task(f"{tmp_path}/mine.yaml")


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (("rate",), 10, r"rate: unknown key; known here: .*episode_steps.*rate_hz"),
        (("home", "position"), 1, r"home\.position: unknown key; known here: position_m, quaternion_xyzw"),
        (("success", "held"), 1, r"success\.held: unknown key; known here: detector, rule"),
        (("success", "rule"), {"kind": "luck"}, r"success\.rule: .*'luck'; known: colour, gripper_lift"),
        (
            ("success", "rule"),
            {"kind": "gripper_lift", "held": 1},
            r"success\.rule\.held: unknown key; known here: gripper_max, .*held_steps",
        ),
        (
            ("success", "rule"),
            {"kind": "colour", "camera": "side", "patches": [{"hue_deg": [0, 9], "share": [0.2, 0.1]}]},
            r"success\.rule\.patches\.0: .*share \[0\.2, 0\.1\]: the least comes first",
        ),
        (
            ("success", "rule"),
            {
                "kind": "colour",
                "camera": "side",
                "patches": [{"hue_deg": [0, 9], "share": [0, 1], "saturation_max": 0.3}],
            },
            r"success\.rule\.patches\.0: .*saturation_min 0\.5 is above saturation_max 0\.3",
        ),
        (
            ("success", "rule"),
            {"kind": "colour", "camera": "side", "patches": [{"hue": 9}]},
            r"success\.rule\.patches\.0\.hue: unknown key; known here: hue_deg",
        ),
        (("sim", "blocks"), 1, r"sim\.blocks: unknown key; known here: block_area_high_m"),
        (("sim", "block_yaw_rad"), -1, r"  sim\.block_yaw_rad: .*greater than or equal to 0, found -1"),
        (("sim", "task"), "juggle", r"sim: .*'juggle'; known: drawer, hang, lift"),
        (("home", "position_m"), REMOVED, r"home\.position_m: missing"),
        (("rate_hz",), -1, r"rate_hz: .*greater than 0, found -1"),
        (("rate_hz",), "fast", r"rate_hz: .*number.*, found 'fast'"),
        (("home", "position_m"), [0.1, 0.2], r"home\.position_m\.2: missing"),
        (("home", "position_m", 1), float("nan"), r"home\.position_m\.1: .*finite number, found nan"),
        (("home", "quaternion_xyzw"), [1, 1, 0, 0], r"home\.quaternion_xyzw: .*norm 1 .*1\.4142"),
        (("workspace", "low_m"), [9, 9, 9], r"workspace: .*low_m .* must lie below high_m"),
        (("success", "detector"), "luck", r"success\.detector: .*'ground_truth', 'rule' or 'person'"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, keys: tuple, value: object, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(changed_task(keys, value)))
    with pytest.raises(ConfigError, match=said) as refused:
        load_task(str(path))
    assert str(refused.value).startswith(f"{path}:")


def changed_task(keys: tuple, value: object) -> dict[str, Any]:
    """The shipped task with one value changed."""
    task = yaml.safe_load((config_root() / "tasks" / "lift.yaml").read_text())
    inner = task
    for key in keys[:-1]:
        inner = inner[key]
    if value is REMOVED:
        del inner[keys[-1]]
    else:
        inner[keys[-1]] = value
    return task


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nrate_hz: 0\n")
    with pytest.raises(ConfigError) as refused:
        load_task(str(path))
    assert all(key in str(refused.value) for key in ("rate_hz:", "prompt: missing", "home: missing"))


@pytest.mark.parametrize(
    ("content", "said"), [("a: [1", "not valid YAML"), ("- 1\n", "whole file"), ("", "whole file")]
)
def test_what_is_no_mapping_is_said(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=said):
        load_task(str(path))


def test_configurations_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_task("lift").rate_hz = 20.0
