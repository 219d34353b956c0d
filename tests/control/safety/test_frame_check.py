"""The measured pose must be the tool's, in the base frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config import load_robot
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler
from ibrl_ros.control.safety.frame_check import frame_fault
from ibrl_ros.control.safety.joint_limits import limit_fault
from ibrl_ros.control.safety.kinematics import tool_pose

ARM = load_robot("fr3_hand").arm
assert ARM is not None
joints = st.tuples(
    *(st.floats(low + 0.11, high - 0.11) for low, high in zip(ARM.low_rad, ARM.high_rad, strict=True))
)
directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def moved(pose: Pose, shift_m: np.ndarray, turn_rad: np.ndarray) -> Pose:
    return Pose.of(pose.position + shift_m, multiply(quaternion_from_euler(turn_rad), pose.quaternion))


@given(joints=joints, along=directions, about=directions)
def test_a_pose_that_the_joints_lead_to_is_believed_and_another_is_not(
    joints: tuple, along: tuple, about: tuple
) -> None:
    pose = tool_pose(ARM, joints)
    shift, turn = np.array(along) / np.linalg.norm(along), np.array(about) / np.linalg.norm(about)
    assert frame_fault(ARM, moved(pose, 0.015 * shift, 0.05 * turn), joints) == ""
    assert "another end effector frame" in frame_fault(ARM, moved(pose, 0.03 * shift, 0 * turn), joints)
    assert frame_fault(ARM, moved(pose, 0 * shift, np.array([0.2, 0, 0])), joints)


def test_it_goes_with_an_arm_of_six() -> None:
    arm = load_robot("sim_ur5e").arm
    assert arm is not None
    pose = tool_pose(arm, arm.posture_rad)
    assert frame_fault(arm, pose, arm.posture_rad) == ""
    assert frame_fault(arm, pose, (*arm.posture_rad[:5], 0.0))


def test_without_the_links_nothing_is_known() -> None:
    with pytest.raises(ValueError, match=r"no arm\.links"):
        tool_pose(ARM.model_copy(update={"links": None}), ARM.posture_rad)


def test_the_flanges_pose_is_not_the_tools() -> None:
    flange = tool_pose(ARM.model_copy(update={"tcp_offset_m": 0.0}), ARM.posture_rad)
    assert frame_fault(ARM, flange, ARM.posture_rad).startswith(
        "the measured pose is 10 cm and 0 degrees off"
    )


@given(joints=joints)
def test_joints_within_their_limits_are_left_alone(joints: tuple) -> None:
    assert limit_fault(ARM, joints) == ""


@pytest.mark.parametrize("joint", range(7))
@pytest.mark.parametrize("side", ["low_rad", "high_rad"])
def test_each_joint_near_either_limit_is_named(joint: int, side: str) -> None:
    near = list(ARM.posture_rad)
    near[joint] = getattr(ARM, side)[joint] + (0.04 if side == "low_rad" else -0.04)
    assert (
        limit_fault(ARM, near)
        == f"fr3_joint{joint + 1} is 0.04 rad from its limit: guide the arm back by hand"
    )
