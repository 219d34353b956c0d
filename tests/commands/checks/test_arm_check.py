"""What doctor says of frame, tool and fingers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from test_running_check import SURVEY

from ibrl_ros.commands.checks import arm
from ibrl_ros.commands.checks.finding import Setup
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.kinematics import tool_pose
from ibrl_ros.ros.survey import Survey


@pytest.fixture
def seen(lab: Setup) -> Survey:
    """A robot at home, as its file has it."""
    of_arm = lab.robot.arm
    assert of_arm is not None
    joints = dict(zip(of_arm.joints, of_arm.posture_rad, strict=True))
    joints |= dict.fromkeys(lab.robot.gripper.joints, 0.04)
    pose = tool_pose(of_arm, of_arm.posture_rad)
    return replace(SURVEY, pose=pose, pose_frame=lab.robot.frame_id, joints=joints, fingers_age_s=0.05)


def test_a_robot_as_its_file_has_it(lab: Setup, seen: Survey) -> None:
    found = arm.arm(seen, lab.robot)
    assert [one.level for one in found] == ["ok", "ok", "ok"]
    assert "0 mm and 0.0 degrees apart" in found[1].says


def test_nothing_is_said_of_a_robot_that_does_not_run(lab: Setup, setup: Setup, seen: Survey) -> None:
    assert arm.arm(SURVEY, lab.robot) == []
    assert arm.arm(seen, setup.robot) == []


def test_another_frame_is_named(lab: Setup, seen: Survey) -> None:
    found = arm.frame(replace(seen, pose_frame="fr3_link0"), lab.robot)
    assert found.level == "missing" and "'fr3_link0'" in found.says and "'base'" in found.do


def test_the_flange_taken_for_the_tool_is_named_with_its_distance(lab: Setup, seen: Survey) -> None:
    assert seen.pose is not None and lab.robot.arm is not None
    flange = np.add(seen.pose.position, (0.0, 0.0, lab.robot.arm.tcp_offset_m))
    found = arm.tool(replace(seen, pose=Pose(flange, seen.pose.quaternion)), lab.robot)
    assert found.level == "missing" and "170 mm and 0.0 degrees apart" in found.says
    assert "end_effector_frame" in found.do


def test_a_turned_tool_is_named(lab: Setup, seen: Survey) -> None:
    assert seen.pose is not None and lab.robot.arm is not None
    turned = lab.robot.arm.model_copy(update={"tcp_turn_rad": lab.robot.arm.tcp_turn_rad + math.radians(45)})
    found = arm.tool(seen, lab.robot.model_copy(update={"arm": turned}))
    assert found.level == "missing" and "45.0 degrees" in found.says


def test_what_is_not_known_is_not_checked(lab: Setup, seen: Survey) -> None:
    assert arm.tool(seen, lab.robot.model_copy(update={"arm": None})).level == "warning"
    found = arm.tool(replace(seen, joints={"panda_joint1": 0.0}), lab.robot)
    assert found.level == "missing" and "fr3_joint1" in found.says


@pytest.mark.parametrize(("age_s", "level"), [(0.05, "ok"), (0.6, "missing"), (None, "missing")])
def test_fingers_must_be_told_and_fresh(lab: Setup, seen: Survey, age_s: float | None, level: str) -> None:
    found = arm.fingers(replace(seen, fingers_age_s=age_s), lab.robot)
    assert found.level == level
    assert "robotiq_85_left_knuckle_joint" in found.says
