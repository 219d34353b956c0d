"""What a person's device says on teleop/command: the newest, and whether it is fresh."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import JointState

from ibrl_ros.control.stamps import stamp_fault
from ibrl_ros.control.takeover import Hand
from ibrl_ros.nodes.sessions import TeleopCommand
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_values
from ibrl_ros.ros.qos import SENSOR
from ibrl_ros.ros.runner import LoopNode

COMMAND_FRESH_S, COMMAND_FRESH_STEPS = 0.3, 1.5  # commands come once a step: the longer of the two
#: The switches of teleop/command, and what holds of one that isn't told.
SWITCHES = {"deadman": 0.0, "usable": 1.0, "enable": 1.0}


class PersonCommands:
    """Listens to teleop/command.

    Attributes:
        newest: the newest command that can be read; None before the first.
    """

    def __init__(self, node: LoopNode, rate_hz: float) -> None:
        """Listen.

        Args:
            node: is notified of each command.
            rate_hz: of the steps.
        """
        self.newest: TeleopCommand | None = None
        self._node = node
        self._fresh_s = max(COMMAND_FRESH_S, COMMAND_FRESH_STEPS / rate_hz)
        node.create_subscription(JointState, names.TELEOP_COMMAND, self._on_command, SENSOR)

    def fresh(self, now_s: float | None) -> TeleopCommand | None:
        """The newest command, unless it is too old, or of the future.

        Args:
            now_s: the time; None in lockstep, where each step has its own command.
        """
        command = self.newest
        if command is None or now_s is None:
            return command
        return None if stamp_fault(command.stamp_s, now_s, self._fresh_s) else command

    def _on_command(self, message: JointState) -> None:
        log = self._node.get_logger()
        try:
            values = vector_values(message)
        except MessageError as error:
            log.error(f"{names.TELEOP_COMMAND}: {error}", throttle_duration_sec=2.0)
            return
        action = np.array([values.get(name, np.nan) for name in names.ACTION_VALUES], np.float32)
        if not np.isfinite(action).all():
            log.error(f"{names.TELEOP_COMMAND}: {action.tolist()} ignored", throttle_duration_sec=2.0)
            return
        stamp_s = to_seconds(message.header.stamp)
        hand = Hand(*(values.get(name, default) > 0.5 for name, default in SWITCHES.items()))
        with self._node.changed:
            self.newest = TeleopCommand(action, hand, stamp_s)
            self._node.changed.notify()
