"""The robots that come along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.config.loader import config_root, parse
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.control.poses import rotation_distance_rad
from ibrl_ros.control.safety.kinematics import tool_pose
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


def test_the_file_of_another_arm_on_its_page_loads() -> None:
    page = (Path(__file__).parents[2] / "docs/another_arm.md").read_text()
    block = next(part for part in page.split("```") if part.startswith("yaml\n# my_ur5e.yaml"))
    robot = parse("robots", "my_ur5e.yaml", yaml.safe_load(block.removeprefix("yaml")), RobotConfig)
    simulated = load_robot("sim_ur5e")
    assert robot.arm is not None and simulated.arm is not None and robot.arm.links is not None
    home = load_task("lift").home
    at_home = tool_pose(robot.arm, robot.arm.posture_rad)
    np.testing.assert_allclose(at_home.position, home.position_m, atol=0.02)
    assert rotation_distance_rad(at_home.quaternion, home.quaternion_xyzw) < 0.02
    np.testing.assert_allclose(robot.arm.links[1:], simulated.arm.links[1:], atol=1e-6)  # on another pedestal


def test_the_posture_must_lie_within_the_joints_limits() -> None:
    content = yaml.safe_load((config_root() / "robots/fr3_hand.yaml").read_text())
    content["arm"]["posture_rad"] = [0.0, -0.785, 0.0, 0.5, 0.0, 1.571, 0.785]
    with pytest.raises(ConfigError, match="posture_rad of fr3_joint4"):
        parse("robots", "mine.yaml", content, RobotConfig)
