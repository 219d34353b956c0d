"""Grippers whose drivers offer actions to open and close."""

from __future__ import annotations

import importlib
from abc import abstractmethod
from typing import Any, NamedTuple

from rclpy.node import Node
from sensor_msgs.msg import JointState

from ibrl_ros.config import ConfigError
from ibrl_ros.config.robot import GripperConfig
from ibrl_ros.control.safety.gripper_switch import GripperSwitch
from ibrl_ros.ros.goals import Ending, Goals
from ibrl_ros.ros.gripper_base import ABSENT_AFTER_S, Gripper, commanded_position

#: Fingers need 1 or 2 s to move. Without a result after this time the driver has failed.
STUCK_AFTER_S = 6.0
#: Time between two checks whether the driver is available, as a check takes time.
LOOK_EVERY_S = 0.1


class _Sent(NamedTuple):
    action: Goals
    order: int
    closing: bool
    at_s: float


class ActionGripper(Gripper):
    """Sends one goal at a time, and sends the last goal again until it has succeeded.

    Goals only open or close. With positions in between, a policy would send a goal at each step, and each
    goal would abort the previous one.
    """

    def __init__(self, node: Node, config: GripperConfig, *actions: Goals) -> None:
        super().__init__(config)
        self._node, self._actions = node, actions
        self._switch = GripperSwitch(config.dwell_s)
        self._sent: _Sent | None = None
        self._now_s = self._looked_s = 0.0
        self._seen_s: float | None = None  # time at which the driver was last available, or first checked
        self._offered = False
        self._absence = self._failure = ""

    @property
    def fault(self) -> str:
        """The reason why commands fail; a missing driver is a fault even before the first command."""
        return self._absence or self._failure

    @property
    def busy(self) -> bool:
        """Whether a goal is being carried out."""
        return self._sent is not None

    def command(self, closed: float, stamp_s: float) -> None:
        """Set the wanted position, open or closed; `tick` sends it to the driver."""
        self._switch.wish(closed)

    def forget(self) -> None:
        """Forget the wanted position. The next command is sent even if it is the same."""
        self._switch.forget()
        self._sent, self._failure = None, ""

    def tick(self, now_s: float) -> None:
        """Send the goal that is due; detect a driver that is missing or doesn't answer."""
        self._now_s = now_s
        self._look_for_driver()
        sent = self._sent
        if sent is not None and not 0 <= now_s - sent.at_s < STUCK_AFTER_S:
            self._failed(sent, f"no result for {STUCK_AFTER_S:.0f} s")
        closing = self._switch.due(now_s)
        if closing is not None and self._offered:
            self._send(closing)

    @abstractmethod
    def goal(self, closing: bool) -> tuple[Goals, Any]:
        """The action client to use, and the goal to send."""

    @abstractmethod
    def complaint(self, closing: bool, ending: Ending) -> str:
        """The failure of a goal that has ended; empty if the goal succeeded."""

    def _send(self, closing: bool) -> None:
        action, goal = self.goal(closing)
        sent = _Sent(action, self._switch.order(closing, self._now_s), closing, self._now_s)
        self._sent = sent

        def ended(ending: Ending) -> None:
            if not self._switch.counts(sent.order):
                return  # a newer goal has replaced this goal, or `forget` was called
            complaint = self.complaint(closing, ending)
            if complaint:
                self._failed(sent, complaint)
            else:
                self._sent, self._failure = None, ""

        action.send(goal, ended)

    def _failed(self, sent: _Sent, why: str) -> None:
        self._switch.failed(sent.order, self._now_s)
        self._sent = None
        self.say_failed(f"{sent.action.name}: {'close' if sent.closing else 'open'}: {why}")

    def say_failed(self, why: str) -> None:
        """Set the fault, and log it as an error."""
        self._failure = why
        self._node.get_logger().error(f"gripper: {why}", throttle_duration_sec=5.0)

    def _look_for_driver(self) -> None:
        now_s = self._now_s
        if self._seen_s is not None and 0 <= now_s - self._looked_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        self._offered = all(action.offered for action in self._actions)
        if self._offered or self._seen_s is None or now_s < self._seen_s:
            self._seen_s = now_s
        absent = now_s - self._seen_s >= ABSENT_AFTER_S
        self._absence = (
            " and ".join(action.absence() for action in self._actions if not action.offered) if absent else ""
        )


class _PositionGripper(ActionGripper):
    """The actions of control_msgs: the goal is a position, the result reports a stall."""

    def complaint(self, closing: bool, ending: Ending) -> str:
        """The failure; empty if the fingers stalled while closing, as they hold an object then."""
        if ending.succeeded or (ending.result is not None and _holds(ending.result, closing)):
            return ""
        stalled = ending.result is not None and ending.result.stalled
        return f"{ending.word}; the fingers are blocked" if stalled else ending.word


def _holds(result: Any, closing: bool) -> bool:
    """Whether the fingers have reached the goal, or hold an object.

    Gripper controllers whose settings don't allow stalling abort a goal when the fingers meet an object.
    """
    return bool(result.reached_goal or (closing and result.stalled))


class GripperCommandGripper(_PositionGripper):
    """Gripper with the action control_msgs/GripperCommand, as in gripper_controllers on Humble."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        self._action = Goals(node, action_type("control_msgs", "GripperCommand"), topic)
        super().__init__(node, config, self._action)

    def goal(self, closing: bool) -> tuple[Goals, Any]:
        """The action client to use, and the goal to send."""
        goal = self._action.kind.Goal()
        goal.command.position = commanded_position(self._config, float(closing))
        goal.command.max_effort = self._config.max_effort
        return self._action, goal


class ParallelGripperCommandGripper(_PositionGripper):
    """Gripper with control_msgs/ParallelGripperCommand, as in parallel_gripper_controller from Jazzy on."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        self._action = Goals(node, action_type("control_msgs", "ParallelGripperCommand"), topic)
        super().__init__(node, config, self._action)

    def goal(self, closing: bool) -> tuple[Goals, Any]:
        """The action client to use, and the goal to send. The controller needs exactly one position."""
        config, goal = self._config, self._action.kind.Goal()
        goal.command = JointState(
            name=list(config.joints[:1]),
            position=[commanded_position(config, float(closing))],
            effort=[config.max_effort],
        )
        return self._action, goal


def action_type(package: str, name: str) -> Any:
    """The type of an action.

    Raises:
        ConfigError: the package of the action is not installed.
    """
    try:
        return getattr(importlib.import_module(f"{package}.action"), name)
    except ImportError:
        raise ConfigError(
            f"this robot's gripper needs {package}: apt install ros-$ROS_DISTRO-{package.replace('_', '-')}, "
            "or build it from source, and source its workspace"
        ) from None
