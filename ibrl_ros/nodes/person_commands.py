"""What a person's device asks for on teleop/command: the newest, whether it is fresh, who drives by it."""

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
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import ActionStream
from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.teleop_command import command_value

#: Commands come 50 times a second; on a busy machine some of them come late, or not at all.
FRESH_S = 0.2


class PersonCommands:
    """Listens to teleop/command.

    Attributes:
        newest: the newest command that can be read; None before the first.
    """

    def __init__(self, node: LoopNode) -> None:
        """Listen; the node is notified of each command."""
        self.newest: TeleopCommand | None = None
        self._node = node
        node.create_subscription(JointState, names.TELEOP_COMMAND, self._on_command, SENSOR)

    def fresh(self, now_s: float) -> TeleopCommand | None:
        """The newest command, unless it is too old at the time now_s, or of the future."""
        command = self.newest
        return None if command is None or stamp_fault(command.stamp_s, now_s, FRESH_S) else command

    def squeezed_at(self, stamp_s: float) -> bool:
        """Whether the newest command is one of this time, from a hand that drives."""
        command = self.newest
        return command is not None and command.stamp_s == stamp_s and command.hand.squeezed

    def _on_command(self, message: JointState) -> None:
        try:
            command = command_value(message)
        except MessageError as error:
            log = self._node.get_logger()
            log.error(f"{names.TELEOP_COMMAND}: {error}; refused", throttle_duration_sec=2.0)
            return
        with self._node.changed:
            self.newest = command
            self._node.changed.notify()


class Turn(NamedTuple):
    """Who moves the robot in a step.

    Attributes:
        driver: the policy, the person or nobody.
        action: float32 [7], which follows the person's hand; None where no hand asks for anything.
        hand_s: when that hand was read, seconds.
    """

    driver: Driver
    action: NDArray[np.float32] | None = None
    hand_s: float | None = None


class PersonDrives:
    """Makes the step that follows a person's hand, from what is commanded at that moment."""

    def __init__(
        self,
        actions: ActionStream,
        limits: GateLimits,
        takeover: Takeover | None,
    ) -> None:
        """Nobody drives yet.

        Args:
            actions: what is commanded.
            limits: of the robot at its task.
            takeover: who drives when; None: the person always does.
        """
        self._actions, self._limits, self._takeover = actions, limits, takeover

    def turn(self, prop: NDArray[np.float32], command: TeleopCommand | None) -> Turn:
        """Who drives in this step, and where to.

        Args:
            prop: [8], where the robot is.
            command: what the person's device asks for; None if nothing that counts.
        """
        hand = None if command is None else command.hand
        driver: Driver = "person" if self._takeover is None else self._takeover.update(hand)
        if command is None or driver != "person" or not command.hand.squeezed:
            return Turn(driver)
        commanded = self._actions.commanded(Pose.of(prop[:3].tolist(), prop[3:7].tolist()))
        action = command.action(self._limits, commanded, self._actions.closed)
        return Turn(driver, action, command.read_s)
