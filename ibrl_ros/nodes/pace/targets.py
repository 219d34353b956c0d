"""When robot_node commands the controllers: at the controllers' rate, or once for each action."""

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
        """Returns whether an action was handled before; if so its answer is published again."""

    @abstractmethod
    def accepted(self, action: Action, report: JointState) -> None:
        """Process an action that the gate has accepted.

        Args:
            action: the action.
            report: the message that was published about its execution.
        """


class RealTime(TargetsPace):
    """Target poses at the controllers' rate, with or without new actions."""

    def __init__(self, node: LoopNode, robot: RobotConfig, targets: Targets, latency: Latency) -> None:
        self._latency = latency
        node.create_timer(1 / robot.command_rate_hz, targets.send_due)

    def is_known(self, action: Action) -> bool:
        """Returns False: in real time an action is never repeated."""
        return False

    def accepted(self, action: Action, report: JointState) -> None:
        """Measure the latency from the action's inputs; the next target pose is sent by the timer."""
        self._latency.acted(action.observed_s, action.hand_s)


class Lockstep(TargetsPace):
    """One target pose for each action, the pose at the end of the step. The simulation waits for it."""

    def __init__(self, targets: Targets, executed: Publisher) -> None:
        self._targets, self._executed = targets, executed
        self._answered: tuple[int, JointState] | None = None

    def is_known(self, action: Action) -> bool:
        """Returns whether it is the last action; if so report and target pose are published again."""
        if self._answered is None or action.sequence != self._answered[0]:
            return False
        self._executed.publish(self._answered[1])
        self._targets.send_step(action.decided_s)
        return True

    def accepted(self, action: Action, report: JointState) -> None:
        """Publish the step's target pose at once."""
        self._answered = (action.sequence, report)
        self._targets.send_step(action.decided_s)


def make_pace(
    node: LoopNode, robot: RobotConfig, targets: Targets, latency: Latency, executed: Publisher
) -> TargetsPace:
    """Returns the pace that the setting `clock` names.

    Args:
        node: robot_node.
        robot: the robot, with the rate of the commands.
        targets: sender of target poses.
        latency: statistics of the latency.
        executed: publisher of the executions.
    """
    return Lockstep(targets, executed) if in_lockstep(node) else RealTime(node, robot, targets, latency)
