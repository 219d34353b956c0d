"""Checks that the ros2_control controllers that this project needs are active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.finding import Finding

if TYPE_CHECKING:
    from ibrl_ros.config import RobotConfig
    from ibrl_ros.ros.survey import Survey

#: Usual name of the controller of crisp_controllers that follows the target pose.
FOLLOWS = "cartesian_impedance_controller"
POSE = "pose_broadcaster"
LOOK = "ros2 control list_controllers"


def controllers(seen: Survey, robot: RobotConfig) -> list[Finding]:
    """Findings on the arm's controller and the broadcasters; none without ros2_control."""
    if robot.interface != "crisp":
        return []
    if seen.controllers_unknown:
        do = "install ros-$ROS_DISTRO-controller-manager-msgs and start franka_ros2; "
        return [Finding("controllers", "warning", seen.controllers_unknown, f"{do}until then run: {LOOK}")]
    told_by = [POSE]
    if robot.robot_state_topic is not None:
        told_by.append(robot.robot_state_topic.rsplit("/", 1)[0])
    return [_follower(seen), *(_broadcaster(seen, name) for name in told_by)]


def _follower(seen: Survey) -> Finding:
    others = [name for name, one in seen.controllers.items() if one.commands and name != FOLLOWS]
    found = seen.controllers.get(FOLLOWS)
    says = f"{FOLLOWS} is {found.state if found else 'not loaded'}"
    if others:
        says += f"; {', '.join(others)} controls the arm"
    if found is None:
        do = f"load it (docs/bringup.md); loaded are: {', '.join(seen.controllers) or 'none'}"
        return Finding("arm's controller", "missing", says, do)
    if found.state == "active":
        return Finding("arm's controller", "ok", says)
    stop = f" --deactivate {' '.join(others)}" if others else ""
    do = f"ros2 control switch_controllers --activate {FOLLOWS}{stop}"
    return Finding("arm's controller", "warning", says, do)


def _broadcaster(seen: Survey, name: str) -> Finding:
    found = seen.controllers.get(name)
    if found is None:
        do = "add it to controllers.yaml and to the launch, or remove its topic from the robot's file"
        return Finding(name, "warning", "not loaded", do)
    if found.state != "active":
        return Finding(name, "warning", found.state, f"ros2 control switch_controllers --activate {name}")
    return Finding(name, "ok", found.state)
