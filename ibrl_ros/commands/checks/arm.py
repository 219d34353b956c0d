"""Whether what the arm and its fingers tell fits the robot's file: frame, tool, fingers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ibrl_ros.config import RobotConfig
    from ibrl_ros.ros.survey import Survey


def arm(seen: Survey, robot: RobotConfig) -> list[Finding]:
    """Frame and tool of the measured pose, and the fingers; nothing while the robot doesn't run."""
    if robot.interface == "sim" or seen.pose is None:
        return []
    return [frame(seen, robot), tool(seen, robot), fingers(seen, robot)]


def frame(seen: Survey, robot: RobotConfig) -> Finding:
    """The measured pose's frame is that of the targets."""
    says = f"{robot.current_pose_topic} is in frame {seen.pose_frame!r}"
    if seen.pose_frame != robot.frame_id:
        do = f"the robot's file has frame_id {robot.frame_id!r}: make controller and file the same"
        return Finding("frame", "missing", says, do)
    return Finding("frame", "ok", says)


def tool(seen: Survey, robot: RobotConfig) -> Finding:
    """The measured pose is where the joints put the tool centre point."""
    from ibrl_ros.control.safety.frame_check import frame_error, frame_fault

    of_arm, measured = robot.arm, seen.pose
    if of_arm is None or of_arm.links is None or measured is None:
        do = "give arm.links in the robot's file, or see by hand that the pose is between the fingertips"
        return Finding("tool", "warning", "not checked: the file doesn't say how the arm is made", do)
    absent = [name for name in of_arm.joints if name not in seen.joints]
    if absent:
        do = f"compare arm.joints in the robot's file with {robot.joint_states_topic}"
        return Finding("tool", "missing", f"{', '.join(absent)}: not on {robot.joint_states_topic}", do)
    joints = [seen.joints[name] for name in of_arm.joints]
    expected, off_m, turn_rad = frame_error(of_arm, measured, joints)
    says = (
        f"measured at {_metres(measured.position)} m, by the joints at {_metres(expected.position)} m: "
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
    """The fingers are told, and lately."""
    names = ", ".join(robot.gripper.joints)
    topic = robot.gripper_joint_states_topic or robot.joint_states_topic
    age_s, most_s = seen.fingers_age_s, robot.safety.max_joints_age_s
    if age_s is None:
        do = "start the gripper's driver; compare gripper.joints in the robot's file with the topic"
        return Finding("fingers", "missing", f"{names}: not on {topic}", do)
    if age_s > most_s:
        do = f"see the gripper's driver: the robot holds when they are older than {most_s} s"
        return Finding("fingers", "missing", f"{names}: nothing for {age_s:.1f} s on {topic}", do)
    return Finding(
        "fingers", "ok", f"{names}: {', '.join(f'{seen.joints[one]:.4f}' for one in robot.gripper.joints)}"
    )


def _metres(position: Iterable[float]) -> str:
    return f"({', '.join(f'{value:.3f}' for value in position)})"
