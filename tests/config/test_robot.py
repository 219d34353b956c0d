"""The robots that come along."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.config.loader import config_root
from ibrl_ros.control.limits import GateLimits

ROBOTS = sorted(path.stem for path in (config_root() / "robots").glob("*.yaml"))


def test_the_robots_are_those_of_the_docs() -> None:
    assert {"sim", "fr3_hand", "fr3_robotiq", "panda_robotiq", "fr3_libfranka"} <= set(ROBOTS)


@pytest.mark.parametrize("name", ROBOTS)
def test_each_robot_has_limits_at_the_task(name: str) -> None:
    robot = load_robot(name)
    assert robot.name == name
    assert GateLimits.of(load_task("lift"), robot).max_lead_m > 0


def test_libfranka_needs_an_address(tmp_path: Path) -> None:
    content = yaml.safe_load((config_root() / "robots/fr3_libfranka.yaml").read_text())
    del content["libfranka"]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError, match="libfranka"):
        load_robot(str(path))
