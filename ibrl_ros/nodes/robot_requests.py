"""reset_node's service calls to robot_node, and robot_node's status."""

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
    """Calls of robot_node's services, and its newest status.

    Attributes:
        home: call that starts homing; succeeds once the arm is at home.
        arm: call that makes the robot accept actions.
        rest: call that makes the robot hold; a person's permission stays valid.
        hold: call that makes the robot hold and ends the permission.
        word: call that gives a person's permission.
        word_stands: whether a person's permission is valid.
        says: why the robot holds, from its status.
    """

    def __init__(self, node: Node, answered: Callable[[], None]) -> None:
        """Create the clients; `answered` is called after each response, on the executor's thread."""
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
        """Update with a status of the robot."""
        self.word_stands, self._has_disarmed, self.says = status.word, not status.armed, status.says

    def allowed(self) -> None:
        """Record that the robot has accepted a person's permission; older statuses are out of date."""
        self.word_stands = True

    def armed(self) -> None:
        """Record that the robot has just been armed; older statuses are out of date."""
        self._has_disarmed = False

    @property
    def holds(self) -> str:
        """Why the robot holds after it was armed; empty if it doesn't hold."""
        return f"the robot holds: {self.says}" if self._has_disarmed else ""
