"""Prompts for the person in an episode, and the person's commands by service or teleop button."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import ConfigError
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, vector_values
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.teleop.buttons import EPISODE_WORDS

PROMPT_EVERY_S = 30.0
SERVICES = {
    "start": names.EPISODE_START,
    "home": names.EPISODE_HOME,
    "success": names.EPISODE_SUCCESS,
    "failure": names.EPISODE_FAILURE,
    "abort": names.EPISODE_ABORT,
}


class Prompt:
    """Writes to the log what the person should do, again every PROMPT_EVERY_S."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._asked_at = -PROMPT_EVERY_S

    def ask(self, prompt: str) -> None:
        """Write a prompt to the log, unless one was written in the last PROMPT_EVERY_S."""
        if time.monotonic() - self._asked_at > PROMPT_EVERY_S:
            self._asked_at = time.monotonic()
            service = self._node.resolve_service_name(names.EPISODE_START)
            self._node.get_logger().info(
                f"{prompt} Then say start, with the teleoperation device (docs/teleop.md) or by: "
                f"ros2 service call {service} std_srvs/srv/Trigger"
            )

    def answered(self) -> None:
        """Let the next `ask` write its prompt at once."""
        self._asked_at = -PROMPT_EVERY_S


class Person:
    """Receives the person's commands from services and from the teleop device's buttons."""

    def __init__(self, node: Node, press: Callable[[str], Verdict], pause: Callable[[bool], Verdict]) -> None:
        """Create the services.

        Args:
            node: node that offers the services.
            press: function that executes a command, one of SERVICES.
            pause: function that pauses (true) or resumes (false).
        """
        self._node, self._press, self._pause = node, press, pause
        self._held: set[str] = set()
        for button, service in SERVICES.items():
            node.create_service(Trigger, service, self._service(button))
        node.create_service(SetBool, names.EPISODE_PAUSE, self._on_pause)
        node.create_subscription(JointState, names.TELEOP_COMMAND, self._on_teleop, SENSOR)

    def _service(self, button: str) -> Callable[[Trigger.Request, Trigger.Response], Trigger.Response]:
        def pressed(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            response.success, response.message = self._press(button)
            return response

        return pressed

    def _on_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        response.success, response.message = self._pause(request.data)
        return response

    def _on_teleop(self, message: JointState) -> None:
        """Execute a command when its button on the teleop device goes down."""
        try:
            values = vector_values(message)
        except MessageError as error:
            self._node.get_logger().error(f"{names.TELEOP_COMMAND}: {error}", throttle_duration_sec=2.0)
            return
        held = {name for name in EPISODE_WORDS if values.get(name, 0.0) > 0.5}
        for name in held - self._held:
            self._press(name)
        self._held = held


def asks_nobody(person: str, *, sim: bool) -> bool:
    """Returns whether episodes start without a person, as the launch argument `person` says.

    Raises:
        ConfigError: `person` is auto on a real robot.
    """
    if person == "auto" and not sim:
        raise ConfigError("person:=auto exists in simulation only: on a robot a person starts each episode")
    return person == "auto" or (person == "default" and sim)
