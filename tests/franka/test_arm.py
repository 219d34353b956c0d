"""The arm through libfranka's own protocol."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from franka_robot import FrankaRobot, eventually, may_be_realtime, priorities

from ibrl_ros.config import load_robot
from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.control.poses import Pose, rotation_distance_rad
from ibrl_ros.control.safety.kinematics import tool_pose
from ibrl_ros.franka.arm import Arm
from ibrl_ros.franka.errors import ArmError
from ibrl_ros.franka.gripper import Hand
from ibrl_ros.franka.impedance import Limits

NEAR_M = 0.005
LIMITS = Limits(0.3, 1.2, load_robot("fr3_libfranka").arm)
#: A program that holds the robot and leads it sideways, until it is killed.
LEADS = """
import dataclasses, os, time
import numpy as np
from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.franka.arm import Arm
from ibrl_ros.franka.impedance import Limits
if __name__ == "__main__":
    arm = Arm(LibfrankaConfig(address="{address}", realtime="ignore"), Limits(0.3, 1.2))
    goal = arm.state.pose
    print(" ".join(open(f"/proc/{{os.getpid()}}/task/{{os.getpid()}}/children").read().split()), flush=True)
    while True:
        goal = dataclasses.replace(goal, position=goal.position + np.array([0.0, 0.0005, 0.0]))
        arm.follow(goal)
        time.sleep(0.01)
"""


@pytest.fixture
def arm(franka_robot: FrankaRobot) -> Iterator[Arm]:
    one = Arm(franka_robot.config, LIMITS)
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
    arm = Arm(franka_robot.config, LIMITS)
    start = arm.state.pose
    eventually(lambda: arm.state.mode == "move")
    go(arm, shifted(start, 0.0, 0.08, -0.08))
    assert away(arm, start) > 0.1
    assert rotation_distance_rad(arm.state.pose.quaternion, start.quaternion) < 0.05
    times = arm.close()
    assert times.work.number > 300
    assert not arm.fault
    left = arm.state.pose
    eventually(lambda: franka_robot.at_rest)
    after = Arm(franka_robot.config, LIMITS)
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
    assert LIMITS.arm is not None
    expected = tool_pose(LIMITS.arm, state.joints_rad)
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
        Arm(LibfrankaConfig(address="127.9.9.9", realtime="ignore"), LIMITS)


def loop_pid() -> int:
    return next(child.pid for child in multiprocessing.active_children() if child.name == "arm")


@pytest.mark.skipif(not may_be_realtime(), reason="this user may have no real-time priority")
def test_only_the_loop_has_a_real_time_priority(franka_robot: FrankaRobot) -> None:
    """Libfranka raises the thread that connects to 99: neither this process nor the hand's may inherit it."""
    before = priorities(os.getpid())
    arm, hand = Arm(franka_robot.config, LIMITS), Hand(franka_robot.config)
    eventually(lambda: arm.state.mode == "move")
    children = {child.name: child.pid for child in multiprocessing.active_children()}
    loop, fingers = priorities(children["arm"]), priorities(children["hand"])
    assert loop.pop(children["arm"]) == (os.SCHED_FIFO, franka_robot.config.priority)
    others = {*loop.values(), *fingers.values(), *before.values(), *priorities(os.getpid()).values()}
    assert {policy for policy, _ in others}.isdisjoint({os.SCHED_FIFO, os.SCHED_RR})
    assert (arm.realtime.priority, arm.realtime.memory_locked) == (franka_robot.config.priority, True)
    hand.close()
    arm.close()


def test_a_loop_that_dies_is_noticed_and_said(arm: Arm, franka_robot: FrankaRobot) -> None:
    eventually(lambda: arm.state.mode == "move")
    os.kill(loop_pid(), signal.SIGKILL)
    eventually(lambda: not arm.alive)
    assert "the 1 kHz loop's process has ended (exit code -9)" in arm.fault
    assert arm.recover() == arm.fault


def test_a_program_that_is_killed_leaves_the_robot_at_rest_and_free(
    franka_robot: FrankaRobot, tmp_path: Path
) -> None:
    script = tmp_path / "leads.py"
    script.write_text(LEADS.format(address=franka_robot.address))
    program = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    children: list[int] = []
    while not children:  # libfranka writes a line too
        words = program.stdout.readline().split()
        children = [int(word) for word in words if word.isdigit()]
    start = np.array(franka_robot.truth["tcp_m"])
    eventually(lambda: math.dist(franka_robot.truth["tcp_m"], start) > 0.05, lambda: franka_robot.truth)
    program.kill()
    program.wait()
    eventually(lambda: not any(Path(f"/proc/{child}").exists() for child in children))
    eventually(lambda: franka_robot.at_rest)
    left = np.array(franka_robot.truth["tcp_m"])
    after = Arm(franka_robot.config, LIMITS)
    assert math.dist(after.state.pose.position, left) < NEAR_M
    after.close()


def test_after_a_fault_it_moves_again_only_once_a_person_has_recovered_it(
    arm: Arm, franka_robot: FrankaRobot
) -> None:
    start = arm.state.pose
    go(arm, shifted(start, 0.0, 0.03, 0.0))
    franka_robot.tell("stop motion")
    eventually(lambda: bool(arm.fault))
    assert franka_robot.address in arm.fault
    stopped = arm.state.pose
    for _ in range(50):
        arm.follow(start)
        time.sleep(0.01)
    assert away(arm, stopped) < NEAR_M
    assert arm.alive
    assert arm.recover() == ""
    assert not arm.fault
    go(arm, start)


def test_told_to_hold_it_stays(arm: Arm, franka_robot: FrankaRobot) -> None:
    start = arm.state.pose
    eventually(lambda: arm.follow(shifted(start, 0.0, 0.3, 0.0)) or away(arm, start) > 0.05)
    arm.hold()
    eventually(lambda: franka_robot.at_rest)
    assert 0.05 < away(arm, start) < 0.2


def test_an_elbow_that_was_pushed_aside_comes_back_as_the_hand_moves() -> None:
    robot = FrankaRobot([0.4, 0.0086, -0.4, -2.3619, 0.0, 2.3705, 0.785])
    arm = Arm(robot.config, LIMITS)
    try:
        start = arm.state

        def aside_rad() -> float:
            """With the hand where it was: of the joints that are 0 with the elbow above the hand."""
            return float(np.linalg.norm(arm.state.joints_rad[[2, 4]]))

        pushed_rad = aside_rad()
        eventually(lambda: arm.follow(start.pose) or robot.truth["time_s"] > 2.0)
        assert aside_rad() == pytest.approx(pushed_rad, abs=0.05), "the elbow stands while the hand stands"
        for _ in range(3):
            go(arm, shifted(start.pose, 0.0, 0.08, 0.0))
            go(arm, start.pose)
        eventually(lambda: arm.follow(start.pose) or robot.at_rest)
        assert aside_rad() < 0.6 * pushed_rad
    finally:
        arm.close()
        robot.kill()
