"""What the 10 Hz loop says of its inputs, on the wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from launches import Launch, Start, wait_until
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image

from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_message
from ibrl_ros.ros.qos import QUEUE, SENSOR
from ibrl_ros.ros.status import status_values

WRIST = names.image_topic("wrist")


class Person:
    """A node of the test's own, spun while it waits."""

    def __init__(self) -> None:
        rclpy.init()
        self.node = Node("person")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)

    def wait_until(self, condition: object, launch: Launch) -> None:
        def spun() -> bool:
            self._executor.spin_once(timeout_sec=0.05)
            return condition()

        wait_until(spun, lambda: launch.output)

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()


@pytest.fixture
def person(ros_domain: int) -> Iterator[Person]:
    one = Person()
    yield one
    one.close()


def test_every_input_has_its_rate_in_the_diagnostics(start: Start, person: Person, tmp_path: Path) -> None:
    statuses: dict[str, DiagnosticStatus] = {}

    def heard(message: DiagnosticArray) -> None:
        statuses.update({status.name: status for status in message.status})

    person.node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, heard, QUEUE)
    launch = start("collect_demos", tmp_path / "run", clock="real_time", num_demos=9)

    def told() -> bool:
        inputs = [f"policy_node: {topic}" for topic in (WRIST, names.PROPRIO, names.SIM_STATE)]
        rates = ["rate_hz" in status_values(statuses[name]) for name in inputs if name in statuses]
        policy = status_values(statuses.get("policy_node", DiagnosticStatus()))
        nodes = {name.split(":")[0] for name in statuses}
        everyone = {f"{node}_node" for node in ("sim", "robot", "teleop", "reset", "policy")} <= nodes
        return everyone and sum(rates) == len(inputs) and int(policy.get("ticks", "0")) > 10

    person.wait_until(told, launch)
    launch.interrupt()
    output = launch.finish()
    assert "Traceback" not in output and "process has died" not in output, output
    assert {"ticks", "skipped", "lateness_p99_ms"} <= status_values(statuses["policy_node"]).keys()


def test_a_camera_that_is_silent_or_lies_is_named(ros_domain: int, person: Person, tmp_path: Path) -> None:
    launch = Launch(
        tmp_path, "run", "ibrl_ros", "policy_node", "--ros-args", "-p", f"run_dir:={tmp_path}/run"
    )
    try:
        launch.wait_for(rf"waiting for {WRIST}, \d+ s, no publisher")
        images = person.node.create_publisher(Image, WRIST, SENSOR)
        complaint = rf"{WRIST}: .*got uint8 \[48, 48, 3\], expected uint8 \[96, 96, 3\]"
        small = image_message(np.zeros((48, 48, 3), np.uint8), 0.0, "wrist")

        def complained() -> bool:
            images.publish(small)
            return bool(re.search(complaint, launch.output))

        person.wait_until(complained, launch)
    finally:
        launch.interrupt()
    assert "Traceback" not in launch.finish()
