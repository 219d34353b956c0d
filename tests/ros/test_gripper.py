"""Grippers in the drivers' own units."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sensor_msgs.msg import JointState
from spun_nodes import Nodes
from std_msgs.msg import Float64MultiArray

from ibrl_ros.config import ConfigError, load_robot
from ibrl_ros.ros.gripper import make_gripper
from ibrl_ros.ros.gripper_base import ABSENT_AFTER_S, Gripper, commanded_position
from ibrl_ros.ros.qos import COMMAND

ROBOTS = ("fr3_hand", "fr3_robotiq", "fr3_libfranka", "sim")


@pytest.mark.parametrize("name", ROBOTS)
@given(closed=st.floats(0, 1))
def test_what_is_commanded_lies_between_open_and_closed(name: str, closed: float) -> None:
    config = load_robot(name).gripper
    ends = sorted((config.command_open, config.command_closed))
    assert ends[0] - 1e-9 <= commanded_position(config, closed) <= ends[1] + 1e-9
    assert commanded_position(config, 0.0) == config.command_open
    assert commanded_position(config, 1.0) == pytest.approx(config.command_closed)


@pytest.mark.parametrize("name", ROBOTS)
def test_the_measured_opening_is_a_part_of_the_way(name: str) -> None:
    config = load_robot(name).gripper

    class Still(Gripper):
        def command(self, closed: float, stamp_s: float) -> None: ...

    gripper = Still(config)
    share = 1 / len(config.joints)
    for closed, total in ((0.0, config.open_position), (1.0, config.closed_position)):
        assert gripper.measured(dict.fromkeys(config.joints, total * share)) == pytest.approx(closed)
    assert gripper.measured({"another_joint": 0.0}) is None


@pytest.fixture
def array(nodes: Nodes) -> Gripper:
    config = load_robot("fr3_hand").gripper.model_copy(update={"interface": "float64_array"})
    return make_gripper(nodes.make("robot"), config, "gripper")


def test_a_position_controller_that_comes_late_is_told_then(nodes: Nodes, array: Gripper) -> None:
    array.command(1.0, 0.0)
    for now_s in (0.0, 1.0, ABSENT_AFTER_S):
        array.tick(now_s)
    assert "nobody listens" in array.fault
    heard: list[list[float]] = []
    nodes.make("driver").create_subscription(
        Float64MultiArray, "gripper", lambda message: heard.append(list(message.data)), COMMAND
    )

    def told() -> bool:
        array.tick(ABSENT_AFTER_S)
        return bool(heard)

    nodes.spin_until(told)
    assert heard == [[load_robot("fr3_hand").gripper.command_closed]]
    assert array.fault == ""


def test_a_position_controller_is_not_told_what_is_forgotten(nodes: Nodes, array: Gripper) -> None:
    array.command(1.0, 0.0)
    array.forget()
    heard: list[list[float]] = []
    nodes.make("driver").create_subscription(
        Float64MultiArray, "gripper", lambda message: heard.append(list(message.data)), COMMAND
    )
    publisher = array._publisher  # type: ignore[attr-defined]
    nodes.spin_until(lambda: publisher.get_subscription_count() == 1)
    array.tick(0.0)
    array.command(0.0, 0.0)
    nodes.spin_until(lambda: bool(heard))
    assert heard == [[load_robot("fr3_hand").gripper.command_open]]


@pytest.mark.parametrize("interface", ["vector", "float64_array"])
def test_what_is_wanted_is_said_again_until_it_is_forgotten(nodes: Nodes, interface: str) -> None:
    """A driver that starts anew, or has failed, hears of it; one that nobody commands is left alone."""
    config = load_robot("sim").gripper.model_copy(update={"interface": interface})
    gripper = make_gripper(nodes.make("robot"), config, "gripper")
    gripper.command(1.0, 0.0)
    heard: list[object] = []
    kind = JointState if interface == "vector" else Float64MultiArray
    nodes.make("driver").create_subscription(kind, "gripper", heard.append, COMMAND)
    now_s = 0.0

    def told(count: int) -> bool:
        nonlocal now_s
        now_s += 0.1
        gripper.tick(now_s)
        return len(heard) >= count

    nodes.spin_until(lambda: told(3))
    gripper.forget()
    nodes.spin_until(lambda: told(3))
    before = len(heard)
    for _ in range(20):
        told(0)
    gripper.command(0.0, now_s)
    nodes.spin_until(lambda: len(heard) > before)
    assert len(heard) == before + 1


def test_a_clock_that_is_set_back_stops_no_repeats(nodes: Nodes, array: Gripper) -> None:
    array.command(1.0, 3600.0)
    heard: list[object] = []
    nodes.make("driver").create_subscription(Float64MultiArray, "gripper", heard.append, COMMAND)
    now_s = 0.0

    def told() -> bool:
        nonlocal now_s
        now_s += 0.1
        array.tick(now_s)
        return len(heard) >= 3

    nodes.spin_until(told)


@pytest.mark.parametrize(
    ("interface", "package"),
    [
        ("gripper_action", "control_msgs"),
        ("parallel_gripper_action", "control_msgs"),
        ("franka_actions", "franka_msgs"),
    ],
)
def test_a_driver_whose_messages_are_missing_is_named(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch, interface: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, f"{package}.action", None)  # as if it weren't installed
    config = load_robot("fr3_hand").gripper.model_copy(update={"interface": interface})
    with pytest.raises(ConfigError, match=package):
        make_gripper(nodes.make("robot"), config, "gripper")
