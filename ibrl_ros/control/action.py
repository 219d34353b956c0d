"""Action, from the policy to the gate, and Execution, the gate's answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.data.episode import ACTION_DIM


@dataclass(frozen=True, eq=False)
class Action:
    """An action with its number and times.

    Attributes:
        values: float32 [7] in [-1, 1], the action.
        sequence: number of the action, counted from 0 by its source; the gate accepts each number once.
        decided_s: time at which the action was decided, s.
        observed_s: capture time of the observation's oldest input, s.
        hand_s: time at which the hand pose was read, s; None for an action of a policy.
    """

    values: NDArray[np.float32]
    sequence: int
    decided_s: float
    observed_s: float
    hand_s: float | None = None


@dataclass(frozen=True, eq=False)
class Execution:
    """The gate's answer to an action.

    Attributes:
        sequence: number of the action.
        accepted: whether the arm carries out the action.
        why: reason of a refusal, for people.
        executed: float32 [7], executed action, see `control.safety.carry_out.Step`; zeros if refused.
        cuts: limits that changed the action.
        goal: commanded pose at the end of the action; None if nothing is commanded.
        closed: commanded gripper position, 0 open to 1 closed; None before the first command.
    """

    sequence: int
    accepted: bool
    why: str
    executed: NDArray[np.float32]
    cuts: Cut
    goal: Pose | None
    closed: float | None


def action_values(action: ArrayLike) -> NDArray[np.float64] | None:
    """The action as float64 [7]; None if it is not 7 finite numbers."""
    try:
        values = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    if values.shape != (ACTION_DIM,) or not np.isfinite(values).all():
        return None
    return values
