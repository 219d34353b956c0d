"""The arm through libfranka's own protocol."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from franka_robot import FrankaRobot, eventually

from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.control.kinematics import hand_pose
from ibrl_ros.control.poses import Pose, rotation_distance_rad
from ibrl_ros.franka.arm import Arm
from ibrl_ros.franka.errors import ArmError

NEAR_M = 0.005


@pytest.fixture
def arm(franka_robot: FrankaRobot) -> Iterator[Arm]:
    one = Arm(franka_robot.config)
    yield one
    one.close()


def away(arm: Arm, pose: Pose) -> float:
    return math.dist(arm.state.pose.position, pose.position)


def shifted(pose: Pose, *by_m: float) -> Pose:
    return Pose(pose.position + np.array(by_m), pose.quaternion)


def go(arm: Arm, goal: Pose) -> None:
    def there() -> bool:
        arm.follow(goal)
        return away(arm, goal) < NEAR_M

    eventually(there, lambda: (arm.fault, arm.state))


def test_it_holds_goes_where_it_is_told_and_leaves_the_robot_holding(franka_robot: FrankaRobot) -> None:
    arm = Arm(franka_robot.config)
    start = arm.state.pose
    eventually(lambda: arm.state.mode == "move")
    go(arm, shifted(start, 0.0, 0.08, -0.08))
    assert away(arm, start) > 0.1
    assert rotation_distance_rad(arm.state.pose.quaternion, start.quaternion) < 0.05
    arm.close()
    assert not arm.fault
    left = arm.state.pose
    eventually(lambda: franka_robot.at_rest)
    after = Arm(franka_robot.config)
    assert away(after, left) < NEAR_M
    after.close()


def test_without_targets_it_stays_where_it_was_when_they_ceased(arm: Arm, franka_robot: FrankaRobot) -> None:
    start = arm.state.pose
    goal = shifted(start, 0.0, 0.3, 0.0)
    eventually(lambda: arm.follow(goal) or away(arm, start) > 0.05)
    eventually(lambda: franka_robot.at_rest)
    assert 0.05 < away(arm, start) < 0.29, "it went all the way"


def test_what_is_no_pose_is_refused_and_moves_nothing(arm: Arm) -> None:
    start = arm.state.pose
    with pytest.raises(ValueError, match="finite"):
        arm.follow(Pose(np.array([math.nan, 0.0, 0.3]), start.quaternion))
    with pytest.raises(ValueError, match="0"):
        arm.follow(Pose(start.position, np.zeros(4)))
    go(arm, shifted(start, 0.0, 0.02, 0.0))


def test_a_target_far_away_is_approached_gently(arm: Arm) -> None:
    start = arm.state.pose
    reached, time_s = [start.position], [arm.state.time_s]
    goal = shifted(start, 0.0, 0.4, 0.0)

    def far_along() -> bool:
        arm.follow(goal)
        state = arm.state
        if state.time_s > time_s[-1]:
            reached.append(state.pose.position)
            time_s.append(state.time_s)
        return away(arm, start) > 0.3

    eventually(far_along, lambda: arm.state)
    assert not arm.fault
    assert arm.state.success_rate > 0


def test_the_pose_is_the_tool_centre_point(arm: Arm) -> None:
    state = arm.state
    expected = hand_pose(state.joints_rad.tolist(), 0.1034)
    assert math.dist(state.pose.position, expected.position) < 1e-3
    assert rotation_distance_rad(state.pose.quaternion, expected.quaternion) < 1e-2


def test_a_robot_that_falls_silent_is_named_and_ends_the_arm(arm: Arm, franka_robot: FrankaRobot) -> None:
    eventually(lambda: arm.state.mode == "move")
    franka_robot.kill()
    eventually(lambda: not arm.alive)
    assert franka_robot.address in arm.fault
    assert arm.recover() == arm.fault, "nothing is there to recover"


def test_a_healthy_arm_needs_no_recovery(arm: Arm) -> None:
    eventually(lambda: arm.state.mode == "move")
    assert arm.recover() == ""


def test_nobody_at_the_address_is_told_with_what_to_do() -> None:
    with pytest.raises(ArmError, match=r"127\.9\.9\.9.*activate FCI in Desk"):
        Arm(LibfrankaConfig(address="127.9.9.9", realtime="ignore"))
