"""A person's commands on teleop/command: the newest, its age, and whether the person or the policy acts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import JointState

from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.stamps import stamp_fault
from ibrl_ros.control.step.takeover import Driver, Takeover
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.nodes.pace.partners import COMMANDS_SILENT_S, make_partner
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import ActionStream
from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.teleop_command import command_value

#: Commands arrive 50 times a second; on a busy machine some arrive late or are lost.
FRESH_S = 0.2


class PersonCommands:
    """Subscription to teleop/command.

    Attributes:
        newest: newest valid command; None before the first.
    """

    def __init__(self, node: LoopNode, *, awaited: bool = False) -> None:
        """Subscribe; the node is notified of each command.

        Args:
            node: node that subscribes.
            awaited: whether the topic counts as silent before its first message, too.
        """
        self.newest: TeleopCommand | None = None
        self._node = node
        self._device = make_partner(node, names.TELEOP_COMMAND, COMMANDS_SILENT_S, awaited=awaited)
        node.create_subscription(JointState, names.TELEOP_COMMAND, self._on_command, SENSOR)

    def fresh(self, now_s: float) -> TeleopCommand | None:
        """Returns the newest command; None if at now_s its stamp is too old or in the future."""
        command = self.newest
        return None if command is None or stamp_fault(command.stamp_s, now_s, FRESH_S) else command

    def silence(self) -> str:
        """Returns that the person's device is silent, in words; empty if it isn't."""
        return self._device.silence()

    def squeezed_at(self, stamp_s: float) -> bool:
        """Returns whether the newest command has this stamp and its grip is squeezed."""
        command = self.newest
        return command is not None and command.stamp_s == stamp_s and command.hand.squeezed

    def _on_command(self, message: JointState) -> None:
        try:
            command = command_value(message)
        except MessageError as error:
            log = self._node.get_logger()
            log.error(f"{names.TELEOP_COMMAND}: {error}; refused", throttle_duration_sec=2.0)
            return
        self._device.heard()
        with self._node.changed:
            self.newest = command
            self._node.changed.notify()


class Turn(NamedTuple):
    """Who moves the robot in a step.

    Attributes:
        driver: the policy, the person or nobody.
        action: action float32 [7] that follows the person's hand; None if no hand commands.
        hand_s: time at which the hand was read, seconds.
    """

    driver: Driver
    action: NDArray[np.float32] | None = None
    hand_s: float | None = None


class PersonDrives:
    """Decides who moves the robot, and computes the action that follows a person's hand."""

    def __init__(
        self,
        actions: ActionStream,
        limits: GateLimits,
        takeover: Takeover | None,
    ) -> None:
        """Keep the arguments.

        Args:
            actions: stream of actions, with the present target pose.
            limits: limits of the robot at its task.
            takeover: rule for takeovers; None if the person always moves the robot.
        """
        self._actions, self._limits, self._takeover = actions, limits, takeover

    def turn(self, prop: NDArray[np.float32], command: TeleopCommand | None, *, silent: bool = False) -> Turn:
        """Returns who moves the robot in this step, and the person's action if there is one.

        Args:
            prop: proprioception [8].
            command: the person's command; None if there is no valid one.
            silent: whether the person's device has been silent for too long.
        """
        hand = None if command is None else command.hand
        driver: Driver = "nobody" if silent else "person"
        if self._takeover is not None:
            driver = self._takeover.update(hand, silent=silent)
        if command is None or driver != "person" or not command.hand.squeezed:
            return Turn(driver)
        commanded = self._actions.commanded(Pose.of(prop[:3].tolist(), prop[3:7].tolist()))
        action = command.action(self._limits, commanded, self._actions.closed)
        return Turn(driver, action, command.read_s)
