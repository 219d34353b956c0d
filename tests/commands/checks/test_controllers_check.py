"""What doctor says of ros2_control's controllers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from test_running_check import SURVEY

from ibrl_ros.commands.checks.controllers import FOLLOWS, controllers
from ibrl_ros.commands.checks.finding import Setup
from ibrl_ros.config import load_robot
from ibrl_ros.ros.controllers import NOBODY, NOT_INSTALLED, SERVICE, Controller, list_controllers
from ibrl_ros.ros.listener import listener

#: As CRISP's bringup of an FR3 leaves them.
CRISP = {
    "joint_trajectory_controller": Controller("active", commands=True),
    FOLLOWS: Controller("inactive"),
    "pose_broadcaster": Controller("active"),
}
READY = {
    "joint_trajectory_controller": Controller("inactive"),
    FOLLOWS: Controller("active", commands=True),
    "pose_broadcaster": Controller("active"),
    "franka_robot_state_broadcaster": Controller("active"),
}


def test_what_the_bringup_leaves_inactive_is_said_with_the_command(lab: Setup) -> None:
    arm, pose, state = controllers(replace(SURVEY, controllers=CRISP), lab.robot)
    assert arm.level == "warning"
    assert arm.do == (
        "ros2 control switch_controllers --activate cartesian_impedance_controller "
        "--deactivate joint_trajectory_controller"
    )
    assert pose.level == "ok"
    assert (state.name, state.level) == ("franka_robot_state_broadcaster", "warning")


def test_active_controllers_are_fine(lab: Setup, setup: Setup) -> None:
    seen = replace(SURVEY, controllers=READY)
    assert {found.level for found in controllers(seen, lab.robot)} == {"ok"}
    assert controllers(seen, setup.robot) == []
    assert controllers(seen, load_robot("fr3_libfranka")) == []


def test_one_that_is_not_loaded_is_missing(lab: Setup) -> None:
    arm, *_ = controllers(replace(SURVEY, controllers={"another": Controller("active")}), lab.robot)
    assert arm.level == "missing" and "another" in arm.do


def test_what_cannot_be_asked_is_said(lab: Setup) -> None:
    (found,) = controllers(replace(SURVEY, controllers_unknown=NOT_INSTALLED), lab.robot)
    assert found.level == "warning" and found.says == NOT_INSTALLED


def test_without_the_messages_nobody_is_asked(ros_domain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "controller_manager_msgs.srv", None)
    with listener() as node:
        assert list_controllers(node) == ({}, NOT_INSTALLED)


@contextmanager
def controller_manager(answers: dict[str, Controller]) -> Iterator[None]:
    """One that has these controllers."""
    from controller_manager_msgs.msg import ControllerState
    from controller_manager_msgs.srv import ListControllers

    def tell(request: Any, response: Any) -> Any:
        response.controller = [
            ControllerState(
                name=name, state=one.state, claimed_interfaces=["fr3_joint1/effort"] * one.commands
            )
            for name, one in answers.items()
        ]
        return response

    rclpy.init()
    node, executor = Node("controller_manager"), SingleThreadedExecutor()
    node.create_service(ListControllers, SERVICE, tell)
    executor.add_node(node)
    spinning = threading.Thread(target=executor.spin)
    spinning.start()
    try:
        yield
    finally:
        executor.shutdown()
        spinning.join()
        node.destroy_node()
        rclpy.shutdown()


def test_a_controller_manager_is_asked(lab_messages: None) -> None:
    with listener() as node:
        assert list_controllers(node) == ({}, NOBODY)
        with controller_manager(CRISP):
            assert list_controllers(node) == (CRISP, "")
