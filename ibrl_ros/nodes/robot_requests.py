"""What reset_node asks of robot_node, and what it hears from it."""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.client import Client
from rclpy.node import Node
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.ros import names
from ibrl_ros.ros.errand import Errand
from ibrl_ros.ros.status import status_values
from ibrl_ros.ros.word import PersonsWord


class RobotRequests:
    """The services of robot_node.

    Attributes:
        home: succeeds when the arm is there.
        arm: makes it take actions.
        rest: makes it hold; a person's word stands.
        hold: makes it hold, and takes the word away.
        word: a person's.
    """

    def __init__(self, node: Node, answered: Callable[[], None]) -> None:
        """Ask nothing yet; `answered` is called after each answer, on the executor's thread."""
        home: Client = node.create_client(Trigger, names.HOME)
        rest: Client = node.create_client(Trigger, names.REST)
        arm: Client = node.create_client(SetBool, names.ARM)
        self.home = Errand(node, home, Trigger.Request(), "home", answered)
        self.rest = Errand(node, rest, Trigger.Request(), "rest", answered)
        self.arm = Errand(node, arm, SetBool.Request(data=True), "arm", answered)
        self.hold = Errand(node, arm, SetBool.Request(data=False), "disarm", answered)
        self.word = PersonsWord(node, answered)
        self._status: dict[str, str] = {}
        self._says = ""

    def heard(self, message: DiagnosticStatus) -> None:
        """Take in robot/status."""
        self._status, self._says = status_values(message), message.message

    def allowed(self) -> None:
        """A person's word was taken; what was said before it counts no more."""
        self._status = {**self._status, "word": "true"}

    def armed(self) -> None:
        """The robot has just been armed; what it said before counts no more."""
        self._status = {key: value for key, value in self._status.items() if key != "armed"}

    @property
    def word_stands(self) -> bool:
        """Whether the robot has a person's word."""
        return self._status.get("word") == "true"

    @property
    def holds(self) -> str:
        """Why the robot holds although it was armed; empty if it doesn't."""
        return f"the robot holds: {self._says}" if self._status.get("armed") == "false" else ""

    @property
    def says(self) -> str:
        """Why it holds, in its own words."""
        return self._says
