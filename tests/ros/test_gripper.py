"""Grippers in the drivers' own units."""

from __future__ import annotations

import importlib.util

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spun_nodes import Nodes
from std_msgs.msg import Float64MultiArray

from ibrl_ros.config import ConfigError, load_robot
from ibrl_ros.ros.gripper import Gripper, commanded_position, make_gripper
from ibrl_ros.ros.qos import SENSOR

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


def test_a_robotiq_gets_its_position(nodes: Nodes) -> None:
    node, driver = nodes.make("robot"), nodes.make("driver")
    config = load_robot("fr3_robotiq").gripper
    gripper, heard = make_gripper(node, config, "gripper"), []
    driver.create_subscription(Float64MultiArray, "gripper", lambda m: heard.append(list(m.data)), SENSOR)

    def commanded() -> bool:
        gripper.command(1.0, 0.0)
        return bool(heard)

    nodes.spin_until(commanded)
    assert heard[0] == [config.command_closed]


@pytest.mark.parametrize(
    ("interface", "package"), [("gripper_action", "control_msgs"), ("franka_actions", "franka_msgs")]
)
def test_a_driver_whose_messages_are_missing_is_named(nodes: Nodes, interface: str, package: str) -> None:
    if importlib.util.find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    config = load_robot("fr3_robotiq").gripper.model_copy(update={"interface": interface})
    with pytest.raises(ConfigError, match=package):
        make_gripper(nodes.make("robot"), config, "gripper")
