"""What a person asks for, and the action of a step that follows it."""

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
    """A person's command: where the robot is to be, not a step. So it may be followed once, twice or never.

    Attributes:
        wanted: the pose; None where the hand asks for none.
        closed: the gripper, 0 open to 1 closed; None where the hand doesn't ask for either.
        hand: the switches of the device.
        stamp_s: when it was said, seconds.
        read_s: when the hand was read that asks for it, seconds.
    """

    wanted: Pose | None
    closed: float | None
    hand: Hand
    stamp_s: float
    read_s: float

    def action(self, limits: GateLimits, commanded: Pose | None, closed: float) -> NDArray[np.float32]:
        """The action that leads from what is commanded towards what is wanted, float32 [7] in [-1, 1].

        Args:
            limits: of the robot at its task.
            commanded: where the actions so far have led; None while that isn't known: then it moves nothing.
            closed: the gripper as commanded so far, 0 to 1.
        """
        motion = np.zeros(6)
        if commanded is not None and self.wanted is not None:
            motion = action_towards(limits, commanded, self.wanted)
        return np.array([*motion, gripper_action(closed if self.closed is None else self.closed)], np.float32)


def gripper_action(closed: float) -> float:
    """The gripper's value of an action, -1 open to 1 closed, for 0 to 1."""
    return 2.0 * min(1.0, max(0.0, closed)) - 1.0
