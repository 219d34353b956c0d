"""An action on its way from the policy to the gate, and what the gate says of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut


@dataclass(frozen=True, eq=False)
class Action:
    """An action with an identity of its own.

    Attributes:
        values: float32 [7] in [-1, 1].
        sequence: counts the actions of who decides, from 0; the gate takes each number once.
        decided_s: when it was decided, seconds.
        observed_s: capture time of the oldest input that it answers, seconds.
        hand_s: when the hand was read that it follows, seconds; None where the policy decides.
    """

    values: NDArray[np.float32]
    sequence: int
    decided_s: float
    observed_s: float
    hand_s: float | None = None


@dataclass(frozen=True, eq=False)
class Execution:
    """What the gate made of an action.

    Attributes:
        sequence: the action's.
        accepted: whether the arm is to carry it out.
        why: the reason where it isn't, for a person to read.
        executed: float32 [7], the action that is carried out, see `control.step.Step`; zeros where it isn't.
        cuts: the limits that made it differ from what was asked for.
        goal: the commanded pose at its end; None where nothing is commanded.
        closed: the gripper as it is commanded, 0 open to 1 closed; None where nothing is commanded yet.
    """

    sequence: int
    accepted: bool
    why: str
    executed: NDArray[np.float32]
    cuts: Cut
    goal: Pose | None
    closed: float | None
