"""The robot's own word on its mode."""

from __future__ import annotations

import importlib.util

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from spun_nodes import Nodes

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.gate import SafetyGate
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import LATCHED
from ibrl_ros.ros.robot_mode import mode_name, watch_mode
from ibrl_ros.ros.status import status_message


def test_numbers_have_names() -> None:
    assert [mode_name(number) for number in (2, 4, 5)] == ["move", "reflex", "user_stopped"]
    assert mode_name(9) == "mode 9"


def test_libfranka_node_tells_the_gate(nodes: Nodes) -> None:
    robot = load_robot("fr3_libfranka")
    gate = SafetyGate(GateLimits.of(load_task("lift"), robot))
    listener, arm = nodes.make("listener"), nodes.make("arm")
    assert names.ROBOT_MODE in watch_mode(listener, robot, gate.robot_mode)
    modes = arm.create_publisher(DiagnosticStatus, names.ROBOT_MODE, LATCHED)
    modes.publish(status_message("robot", {"mode": "reflex"}))
    nodes.spin_until(lambda: "reflex" in gate.why)
    modes.publish(status_message("robot", {"mode": "move"}))
    nodes.spin_until(lambda: "reflex" not in gate.why)


@pytest.mark.skipif(importlib.util.find_spec("franka_msgs") is not None, reason="franka_msgs is installed")
def test_without_its_messages_it_says_that_nobody_watches(nodes: Nodes) -> None:
    node = nodes.make("listener")
    robot = load_robot("fr3_hand")
    assert robot.robot_state_topic is not None
    assert "franka_msgs isn't installed" in watch_mode(node, robot, print)
    unnamed = robot.model_copy(update={"robot_state_topic": None})
    assert "no robot_state_topic" in watch_mode(node, unnamed, print)
