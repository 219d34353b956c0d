"""What reset_node takes the robot for, after any sequence of what it said and was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rclpy.node import Node
from spun_nodes import Nodes

from ibrl_ros.nodes.robot_requests import RobotRequests
from ibrl_ros.ros.statuses import RobotStatus

SAID = st.builds(RobotStatus, armed=st.booleans(), word=st.booleans(), says=st.sampled_from(["", "reflex"]))
EVENTS = st.lists(SAID | st.sampled_from(["allowed", "armed"]))


@pytest.fixture(scope="module")
def node(ros_domain: int) -> Node:
    import rclpy

    rclpy.init()
    nodes = Nodes()
    yield nodes.make("reset")
    nodes.close()
    rclpy.shutdown()


@given(EVENTS)
def test_it_holds_if_it_has_said_so_since_it_was_armed(node: Node, events: list[RobotStatus | str]) -> None:
    robot = RobotRequests(node, lambda: None)
    holds, word, says = False, False, ""
    for event in events:
        if event == "allowed":
            robot.allowed()
            word = True
        elif event == "armed":
            robot.armed()
            holds = False
        else:
            robot.heard(RobotStatus.from_message(event.to_message()))
            holds, word, says = not event.armed, event.word, event.says
        assert robot.holds == (f"the robot holds: {says}" if holds else "")
        assert (robot.word_stands, robot.says) == (word, says)
