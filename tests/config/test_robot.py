"""The robots that come along."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.config.loader import config_root, parse
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.control.safety.limits import GateLimits

ROBOTS = sorted(path.stem for path in (config_root() / "robots").glob("*.yaml"))


def test_the_robots_are_those_of_the_docs() -> None:
    assert {"sim", "fr3_hand", "fr3_robotiq", "fr3_libfranka"} <= set(ROBOTS)


@pytest.mark.parametrize("name", ROBOTS)
def test_each_robot_has_limits_at_the_task(name: str) -> None:
    robot = load_robot(name)
    assert robot.name == name
    task = "lift" if robot.interface == "sim" else "lift_fr3"
    assert GateLimits.of(load_task(task), robot).max_lead_m > 0


def test_libfranka_needs_an_address(tmp_path: Path) -> None:
    content = yaml.safe_load((config_root() / "robots/fr3_libfranka.yaml").read_text())
    del content["libfranka"]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError, match="libfranka"):
        load_robot(str(path))


@pytest.mark.parametrize("key", ["position_scale_m", "rotation_scale_rad"])
def test_a_task_that_is_too_fast_for_a_robot_is_refused_with_the_scale_that_fits(key: str) -> None:
    robot, task = load_robot("fr3_hand"), load_task("lift_fr3")
    fits = getattr(task, key)
    too_fast = task.model_copy(update={key: fits * 1.1})
    with pytest.raises(ConfigError, match=rf"{key} .* set {key} to {fits:g} or less"):
        GateLimits.of(too_fast, robot)


def test_the_posture_must_lie_within_the_joints_limits() -> None:
    content = yaml.safe_load((config_root() / "robots/fr3_hand.yaml").read_text())
    content["arm"]["posture_rad"] = [0.0, -0.785, 0.0, 0.5, 0.0, 1.571, 0.785]
    with pytest.raises(ConfigError, match="posture_rad of fr3_joint4"):
        parse("robots", "mine.yaml", content, RobotConfig)
