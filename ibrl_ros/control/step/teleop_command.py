"""TeleopCommand: a person's command, and the action that follows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import action_towards
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.step.takeover import Hand


@dataclass(frozen=True, eq=False)
class TeleopCommand:
    """A person's command. It is a pose and not a motion, so a lost or repeated command does no harm.

    Attributes:
        wanted: wanted pose; None for no motion.
        closed: wanted gripper position, 0 open to 1 closed; None for no change.
        hand: switches of the device.
        stamp_s: time of the command, s.
        read_s: time at which the hand pose was read, s.
    """

    wanted: Pose | None
    closed: float | None
    hand: Hand
    stamp_s: float
    read_s: float

    def action(self, limits: GateLimits, commanded: Pose | None, closed: float) -> NDArray[np.float32]:
        """The action that leads from the commanded pose towards the wanted pose, float32 [7] in [-1, 1].

        Args:
            limits: limits of the robot and the task.
            commanded: pose to which the actions so far have led; None if unknown, for no motion.
            closed: commanded gripper position so far, 0 to 1.
        """
        motion = np.zeros(6)
        if commanded is not None and self.wanted is not None:
            motion = action_towards(limits, commanded, self.wanted)
        return np.array([*motion, gripper_action(closed if self.closed is None else self.closed)], np.float32)


def gripper_action(closed: float) -> float:
    """The gripper value of an action, -1 open to 1 closed, for a position from 0 to 1."""
    return 2.0 * min(1.0, max(0.0, closed)) - 1.0
