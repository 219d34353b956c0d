"""Checks that the measured pose and the fingers agree with the robot's file: frame, tool, fingers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ibrl_ros.config import RobotConfig
    from ibrl_ros.ros.survey import Survey


def arm(seen: Survey, robot: RobotConfig) -> list[Finding]:
    """Findings on the measured pose's frame and tool, and on the fingers; none if no pose was received."""
    if robot.interface == "sim" or seen.pose is None:
        return []
    return [frame(seen, robot), tool(seen, robot), fingers(seen, robot)]


def frame(seen: Survey, robot: RobotConfig) -> Finding:
    """Check that the measured pose and the target pose have the same frame."""
    says = f"{robot.current_pose_topic} is in frame {seen.pose_frame!r}"
    if seen.pose_frame != robot.frame_id:
        do = f"the robot's file has frame_id {robot.frame_id!r}: set the same frame in controller and file"
        return Finding("frame", "missing", says, do)
    return Finding("frame", "ok", says)


def tool(seen: Survey, robot: RobotConfig) -> Finding:
    """Check that the measured pose is that of the tool centre point, computed from the joints."""
    from ibrl_ros.control.safety.frame_check import frame_error, frame_fault

    of_arm, measured = robot.arm, seen.pose
    if of_arm is None or of_arm.links is None or measured is None:
        do = "set arm.links in the robot's file, or check that the pose is between the fingertips"
        return Finding("tool", "warning", "not checked: the robot's file has no arm.links", do)
    absent = [name for name in of_arm.joints if name not in seen.joints]
    if absent:
        do = f"correct arm.joints in the robot's file: compare it with {robot.joint_states_topic}"
        return Finding("tool", "missing", f"{', '.join(absent)}: not on {robot.joint_states_topic}", do)
    joints = [seen.joints[name] for name in of_arm.joints]
    expected, off_m, turn_rad = frame_error(of_arm, measured, joints)
    says = (
        f"measured {_metres(measured.position)} m, computed from the joints {_metres(expected.position)} m: "
        f"{1e3 * off_m:.0f} mm and {math.degrees(turn_rad):.1f} degrees apart"
    )
    if frame_fault(of_arm, measured, joints):
        do = (
            "compare the controllers' end_effector_frame, or Desk's end effector, with arm.tcp_offset_m and "
            "arm.tcp_turn_rad in the robot's file"
        )
        return Finding("tool", "missing", says, do)
    return Finding("tool", "ok", says)


def fingers(seen: Survey, robot: RobotConfig) -> Finding:
    """Check that the finger positions are published and recent."""
    names = ", ".join(robot.gripper.joints)
    topic = robot.fingers_topic
    age_s, most_s = seen.fingers_age_s, robot.safety.max_joints_age_s
    if age_s is None:
        do = "start the gripper's driver; compare gripper.joints in the robot's file with the topic"
        return Finding("fingers", "missing", f"{names}: not on {topic}", do)
    if age_s > most_s:
        do = f"check the gripper's driver: the robot holds if the positions are older than {most_s} s"
        return Finding("fingers", "missing", f"{names}: no message for {age_s:.1f} s on {topic}", do)
    return Finding(
        "fingers", "ok", f"{names}: {', '.join(f'{seen.joints[one]:.4f}' for one in robot.gripper.joints)}"
    )


def _metres(position: Iterable[float]) -> str:
    return f"({', '.join(f'{value:.3f}' for value in position)})"
