"""Grippers whose drivers offer actions: told to open or to close, and asked how that ended."""

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

#: Fingers need 1 or 2 s for their way. After this long without a result the driver is stuck.
STUCK_AFTER_S = 6.0
#: To look for a driver costs time; a new one may wait for so long.
LOOK_EVERY_S = 0.1


class _Sent(NamedTuple):
    action: Goals
    order: int
    closing: bool
    at_s: float


class ActionGripper(Gripper):
    """Sends few goals, one after the other, and the last one again until it has been carried out.

    Positions between open and closed would be goals at each step of a policy, each aborting the one before:
    so there are two.
    """

    def __init__(self, node: Node, config: GripperConfig, *actions: Goals) -> None:
        super().__init__(config)
        self._node, self._actions = node, actions
        self._switch = GripperSwitch(config.dwell_s)
        self._sent: _Sent | None = None
        self._now_s = self._looked_s = 0.0
        self._seen_s: float | None = None  # when the driver was last there, or was first looked for
        self._offered = False
        self._absence = self._failure = ""

    @property
    def fault(self) -> str:
        """Why the gripper doesn't do what it is told. A driver that isn't there is a fault even before."""
        return self._absence or self._failure

    @property
    def busy(self) -> bool:
        """Whether the result of a goal is still to come."""
        return self._sent is not None

    def command(self, closed: float, stamp_s: float) -> None:
        """Want it closed or open; `tick` tells the driver."""
        self._switch.wish(closed)

    def forget(self) -> None:
        """Want nothing any more. What is commanded next is sent, whatever was sent before."""
        self._switch.forget()
        self._sent, self._failure = None, ""

    def tick(self, now_s: float) -> None:
        """Send what is due; notice a driver that is absent or stuck."""
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
        """The action to ask, and what for."""

    @abstractmethod
    def complaint(self, closing: bool, ending: Ending) -> str:
        """What is wrong with how a goal ended; empty where the fingers have done what they were told."""

    def _send(self, closing: bool) -> None:
        action, goal = self.goal(closing)
        sent = _Sent(action, self._switch.order(closing, self._now_s), closing, self._now_s)
        self._sent = sent

        def ended(ending: Ending) -> None:
            if not self._switch.counts(sent.order):
                return  # a newer goal has aborted it, or it was forgotten
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
        """Make this the fault."""
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
    """Both actions of control_msgs: a position, and a result that tells of a stall."""

    def complaint(self, closing: bool, ending: Ending) -> str:
        """What is wrong; fingers that met something before they were closed have grasped it."""
        if ending.succeeded or (ending.result is not None and _holds(ending.result, closing)):
            return ""
        stalled = ending.result is not None and ending.result.stalled
        return f"{ending.word}; the fingers are blocked" if stalled else ending.word


def _holds(result: Any, closing: bool) -> bool:
    """Whether the fingers are where they should, or have closed on something.

    Where stalling isn't allowed in their settings, gripper controllers abort a goal that ends at an object.
    """
    return bool(result.reached_goal or (closing and result.stalled))


class GripperCommandGripper(_PositionGripper):
    """control_msgs/GripperCommand, as gripper_controllers offer it on Humble."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        self._action = Goals(node, action_type("control_msgs", "GripperCommand"), topic)
        super().__init__(node, config, self._action)

    def goal(self, closing: bool) -> tuple[Goals, Any]:
        """The action to ask, and what for."""
        goal = self._action.kind.Goal()
        goal.command.position = commanded_position(self._config, float(closing))
        goal.command.max_effort = self._config.max_effort
        return self._action, goal


class ParallelGripperCommandGripper(_PositionGripper):
    """control_msgs/ParallelGripperCommand, as parallel_gripper_controller offers it from Jazzy on."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        self._action = Goals(node, action_type("control_msgs", "ParallelGripperCommand"), topic)
        super().__init__(node, config, self._action)

    def goal(self, closing: bool) -> tuple[Goals, Any]:
        """The action to ask, and what for. The controller wants exactly one position."""
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
        ConfigError: if its package isn't installed.
    """
    try:
        return getattr(importlib.import_module(f"{package}.action"), name)
    except ImportError:
        raise ConfigError(
            f"this robot's gripper needs {package}: apt install ros-$ROS_DISTRO-{package.replace('_', '-')}, "
            "or build it from source, and source its workspace"
        ) from None
