"""Fast topics, through ROS."""

from __future__ import annotations

import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from spun_nodes import Nodes

from ibrl_ros.ros.executor import LeanExecutor
from ibrl_ros.ros.throttled import SHARED, subscribe_newest

TOPIC = "joints"
ARM, HAND = 7, 2
EVERY_S = 0.02


class Ear:
    """A node that hears the topic."""

    def __init__(self, nodes: Nodes) -> None:
        self.node = nodes.make("ear")
        self.heard: list[JointState] = []
        self.arrived = 0
        subscribe_newest(self.node, JointState, TOPIC, self.heard.append, EVERY_S, SHARED, self._arrived)

    def _arrived(self) -> None:
        self.arrived += 1

    def values(self, names: int) -> list[float]:
        return [message.position[0] for message in self.heard if len(message.name) == names]


def publisher(nodes: Nodes, name: str) -> Publisher:
    made = nodes.make(name).create_publisher(JointState, TOPIC, QoSProfile(depth=100))
    nodes.spin_until(lambda: made.get_subscription_count() == 1)
    return made


def joints(names: int, value: float) -> JointState:
    return JointState(name=[f"joint{number}" for number in range(names)], position=[value] * names)


def test_of_a_burst_the_newest_of_each_publisher_is_heard(nodes: Nodes) -> None:
    ear = Ear(nodes)
    arm, hand = publisher(nodes, "arm"), publisher(nodes, "hand")
    hand.publish(joints(HAND, 0.04))
    for number in range(30):  # as many as come at 1 kHz between two looks, and more
        arm.publish(joints(ARM, float(number)))
    nodes.spin_until(lambda: ear.arrived == 31)
    assert ear.values(HAND) == [0.04]
    assert ear.values(ARM)[-1] == 29.0
    assert len(ear.heard) <= 10  # a few looks, if the burst was slow


def test_a_slow_publisher_is_heard_each_time(nodes: Nodes) -> None:
    ear, hand = Ear(nodes), publisher(nodes, "hand")
    for number in range(5):
        hand.publish(joints(HAND, float(number)))
        nodes.spin_until(lambda number=number: len(ear.heard) == number + 1)
    assert ear.values(HAND) == [0.0, 1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("kind", [SingleThreadedExecutor, LeanExecutor])
def test_no_executor_wakes_up_for_a_message(ros_domain: int, nodes: Nodes, kind: type) -> None:
    """Without a look at it, nothing takes it."""
    node, heard = Node("ear"), []
    subscribe_newest(node, JointState, TOPIC, heard.append, 3600.0)
    arm = publisher(nodes, "arm")
    executor = kind()
    executor.add_node(node)
    for number in range(20):
        arm.publish(joints(ARM, float(number)))
        executor.spin_once(timeout_sec=0.01)
    executor.shutdown()
    node.destroy_node()
    assert heard == []
