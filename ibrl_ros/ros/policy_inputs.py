"""Subscribes to the inputs of a policy, and reports inputs that have not arrived yet."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from builtin_interfaces.msg import Time
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import Image, JointState

from ibrl_ros.config import ConfigError, TaskConfig
from ibrl_ros.control.step.observation import Assembler, InputError
from ibrl_ros.data.episode import IMAGE_PREFIX
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import NANOSECONDS, MessageError, image_pixels, to_seconds, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.qos import COMMAND, SENSOR

PROP_DIM = 8
COMPLAIN_EVERY_S = 5.0
#: Last values of sim/state: whether the task has succeeded, or can't succeed any more. Not for the policy.
SUCCESS, LOST = TRUTHS = ("success", "lost")


def observed_values(message: JointState) -> NDArray[np.float32]:
    """The values of robot/proprio or sim/state that a policy may use, float32 [D].

    Raises:
        MessageError: as in `vector_values`.
    """
    values = vector_values(message)
    return np.array([value for name, value in values.items() if name not in TRUTHS], np.float32)


def input_shapes(
    task: TaskConfig, *, state: bool, observed: tuple[str, ...] | None
) -> dict[str, tuple[int, ...]]:
    """The shape of every input to be recorded, by its name in Episode.observations.

    Args:
        task: task with its cameras and image size.
        state: whether the simulation's state is published.
        observed: names of the inputs to record; None for all inputs of the task.

    Raises:
        ConfigError: `observed` has an input that the task doesn't have.
    """
    side = task.image_size
    shapes: dict[str, tuple[int, ...]] = {IMAGE_PREFIX + camera: (side, side, 3) for camera in task.cameras}
    shapes["prop"] = (PROP_DIM,)
    if state and task.sim is not None:
        shapes["state"] = (len(task.state_names),)
    missing = [name for name in observed or () if name not in shapes]
    if missing:
        raise ConfigError(
            f"the agent observes {', '.join(missing)}; task {task.name} has only {', '.join(shapes)}"
        )
    return {name: shape for name, shape in shapes.items() if observed is None or name in observed}


def _topic(name: str) -> str:
    if name.startswith(IMAGE_PREFIX):
        return names.image_topic(name.removeprefix(IMAGE_PREFIX))
    return names.PROPRIO if name == "prop" else names.SIM_STATE


class PolicyInputs:
    """Subscribes to the topics of a policy's inputs, and passes each message to an Assembler.

    `changed` is called after each message.
    """

    def __init__(
        self, node: Node, diagnostics: Diagnostics, assembler: Assembler, changed: Callable[[], None]
    ) -> None:
        self._assembler = assembler
        self._node, self._changed = node, changed
        self._started = time.monotonic()
        self._complained: dict[str, float] = {}
        self._topics = {name: _topic(name) for name in assembler.names}
        for name in assembler.names:
            if name.startswith(IMAGE_PREFIX):
                self._subscribe(Image, name, diagnostics, self._image)
            else:
                self._subscribe(
                    JointState, name, diagnostics, self._vector, COMMAND if name == "prop" else SENSOR
                )

    def waiting_for(self) -> str | None:
        """The first input without a message: topic, seconds, number of publishers; None if all arrived."""
        for key, topic in self._topics.items():
            if not self._assembler.has(key):
                count = self._node.count_publishers(topic)
                who = "no publisher" if count == 0 else f"{count} publisher(s), no message"
                return f"waiting for {topic}, {time.monotonic() - self._started:.0f} s, {who}"
        return None

    def _subscribe(
        self, kind: type, key: str, diagnostics: Diagnostics, read: Callable, qos: QoSProfile = SENSOR
    ) -> None:
        topic = self._topics[key]
        monitor = diagnostics.watch(topic)

        def arrived(message: object) -> None:
            monitor.arrived()
            try:
                read(key, message)
            except (MessageError, InputError) as error:
                self._complain(topic, str(error))
            self._changed()

        self._node.create_subscription(kind, topic, arrived, qos)

    def _image(self, key: str, message: Image) -> None:
        self._put(key, image_pixels(message), message.header.stamp)

    def _vector(self, key: str, message: JointState) -> None:
        self._put(key, observed_values(message), message.header.stamp)

    def _put(self, key: str, array: NDArray, stamp: Time) -> None:
        now_s = self._node.get_clock().now().nanoseconds / NANOSECONDS
        self._assembler.put(key, array, to_seconds(stamp), now_s)

    def _complain(self, topic: str, text: str) -> None:
        """Log the fault of an input, at most once in COMPLAIN_EVERY_S."""
        now = time.monotonic()
        if now - self._complained.get(topic, -COMPLAIN_EVERY_S) >= COMPLAIN_EVERY_S:
            self._complained[topic] = now
            self._node.get_logger().error(f"{topic}: {text}; this input is ignored")
