"""What reset_node asks of robot_node, and what it hears from it."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.client import Client
from rclpy.node import Node
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.ros import names
from ibrl_ros.ros.service_call import ServiceCall
from ibrl_ros.ros.statuses import RobotStatus
from ibrl_ros.ros.word import PersonsWord


class RobotRequests:
    """The services of robot_node.

    Attributes:
        home: succeeds when the arm is there.
        arm: makes it take actions.
        rest: makes it hold; a person's word stands.
        hold: makes it hold, and takes the word away.
        word: a person's.
        word_stands: the robot has a person's word.
        says: why it holds, in its own words.
    """

    def __init__(self, node: Node, answered: Callable[[], None]) -> None:
        """Ask nothing yet; `answered` is called after each answer, on the executor's thread."""
        home: Client = node.create_client(Trigger, names.HOME)
        rest: Client = node.create_client(Trigger, names.REST)
        arm: Client = node.create_client(SetBool, names.ARM)
        self.home = ServiceCall(node, home, Trigger.Request(), "home", answered)
        self.rest = ServiceCall(node, rest, Trigger.Request(), "rest", answered)
        self.arm = ServiceCall(node, arm, SetBool.Request(data=True), "arm", answered)
        self.hold = ServiceCall(node, arm, SetBool.Request(data=False), "disarm", answered)
        self.word = PersonsWord(node, answered)
        self.word_stands = self._has_disarmed = False
        self.says = ""

    def heard(self, status: RobotStatus) -> None:
        """Take in what the robot says of itself."""
        self.word_stands, self._has_disarmed, self.says = status.word, not status.armed, status.says

    def allowed(self) -> None:
        """A person's word was taken; what was said before it counts no more."""
        self.word_stands = True

    def armed(self) -> None:
        """The robot has just been armed; what it said before counts no more."""
        self._has_disarmed = False

    @property
    def holds(self) -> str:
        """Why the robot holds although it was armed; empty if it doesn't."""
        return f"the robot holds: {self.says}" if self._has_disarmed else ""
