"""The robot's own word on its mode."""

from __future__ import annotations

import sys

import pytest
from rclpy.qos import qos_profile_system_default
from spun_nodes import Nodes

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.safety.robot_mode import RobotMode
from ibrl_ros.franka.modes import mode_numbered
from ibrl_ros.ros import names
from ibrl_ros.ros.robot_mode import watch_mode
from ibrl_ros.ros.statuses import RobotModeStatus, status_teller


def test_libfranka_node_tells_the_gate(nodes: Nodes) -> None:
    robot = load_robot("fr3_libfranka")
    gate = SafetyGate(GateLimits.of(load_task("lift_fr3"), robot))
    listener, arm = nodes.make("listener"), nodes.make("arm")
    assert names.ROBOT_MODE in watch_mode(listener, robot, lambda mode: gate.robot_mode(mode.obstacle))
    tell = status_teller(arm, RobotModeStatus)
    tell(RobotModeStatus(mode="reflex", obstacle="in mode reflex", hand_fault="", refused=""))
    nodes.spin_until(lambda: "reflex" in gate.why)
    tell(RobotModeStatus(mode="move", obstacle="", hand_fault="", refused=""))
    nodes.spin_until(lambda: "reflex" not in gate.why)


def test_a_state_that_cannot_be_heard_is_refused(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "franka_msgs.msg", None)  # as if it weren't installed
    node, robot = nodes.make("listener"), load_robot("fr3_hand")
    assert robot.robot_state_topic is not None
    with pytest.raises(ConfigError, match=r"franka_msgs isn't installed.*robot_state_topic: null"):
        watch_mode(node, robot, print)
    unnamed = robot.model_copy(update={"robot_state_topic": None})
    assert "no robot_state_topic" in watch_mode(node, unnamed, print)


def test_franka_ros2_tells_the_gate(lab_messages: None, nodes: Nodes) -> None:
    from franka_msgs.msg import FrankaRobotState

    robot = load_robot("fr3_hand")
    heard: list[RobotMode] = []
    assert robot.robot_state_topic is not None
    states = nodes.make("broadcaster").create_publisher(
        FrankaRobotState, robot.robot_state_topic, qos_profile_system_default
    )
    assert robot.robot_state_topic in watch_mode(nodes.make("listener"), robot, heard.append)

    def told(number: int) -> bool:
        states.publish(FrankaRobotState(robot_mode=number))
        return bool(heard) and heard[-1] == mode_numbered(number)

    for number in (2, 4, 5):
        nodes.spin_until(lambda number=number: told(number))
