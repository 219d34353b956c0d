"""When robot_node commands the controllers: at their rate, or as the answer to each action."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState

from ibrl_ros.config import RobotConfig
from ibrl_ros.control.action import Action
from ibrl_ros.control.step.latency import Latency
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.nodes.targets import Targets
from ibrl_ros.ros.runner import LoopNode


class TargetsPace(ABC):
    """The pace of robot_node's commands."""

    @abstractmethod
    def is_known(self, action: Action) -> bool:
        """Whether an action was answered before, which is done again, because its answer was lost."""

    @abstractmethod
    def accepted(self, action: Action, report: JointState) -> None:
        """Take in an action that the gate has accepted, and what was reported of it."""


class RealTime(TargetsPace):
    """Targets at the controllers' rate, whatever comes."""

    def __init__(self, node: LoopNode, robot: RobotConfig, targets: Targets, latency: Latency) -> None:
        self._latency = latency
        node.create_timer(1 / robot.command_rate_hz, targets.send_due)

    def is_known(self, action: Action) -> bool:
        """Never: what is lost is lost."""
        return False

    def accepted(self, action: Action, report: JointState) -> None:
        """The next target goes its way; how long ago its inputs were measured is noted."""
        self._latency.acted(action.observed_s, action.hand_s)


class Lockstep(TargetsPace):
    """The whole step's target for each action: the simulation waits for it."""

    def __init__(self, targets: Targets, executed: Publisher) -> None:
        self._targets, self._executed = targets, executed
        self._answered: tuple[int, JointState] | None = None

    def is_known(self, action: Action) -> bool:
        """If it is the last one: report and target are sent again."""
        if self._answered is None or action.sequence != self._answered[0]:
            return False
        self._executed.publish(self._answered[1])
        self._targets.send_step(action.decided_s)
        return True

    def accepted(self, action: Action, report: JointState) -> None:
        """The target is sent at once."""
        self._answered = (action.sequence, report)
        self._targets.send_step(action.decided_s)


def make_pace(
    node: LoopNode, robot: RobotConfig, targets: Targets, latency: Latency, executed: Publisher
) -> TargetsPace:
    """The pace that the setting `clock` names.

    Args:
        node: keeps it.
        robot: at whose rate.
        targets: sends them.
        latency: is measured.
        executed: publishes what became of actions.
    """
    return Lockstep(targets, executed) if in_lockstep(node) else RealTime(node, robot, targets, latency)
