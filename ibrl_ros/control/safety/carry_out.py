"""Where an action leads, and which action leads somewhere: one rule for all who ask."""

from __future__ import annotations

import math
from enum import IntFlag
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import (
    Pose,
    euler_between,
    integrate_action,
    limit_turn,
    rotation_distance_rad,
)
from ibrl_ros.control.safety.limits import GateLimits

# Rounding moves a pose by less.
_SAME_M = _SAME_RAD = 1e-9


class Cut(IntFlag):
    """The limits that changed an action on its way to the arm."""

    NONE = 0
    RANGE = 1
    SPEED = 2
    LEAD = 4
    WORKSPACE = 8

    @property
    def words(self) -> str:
        """The limits' names, for a person to read; empty where none did."""
        return ", ".join(cut.name.lower() for cut in Cut if cut in self and cut.name)


class Step(NamedTuple):
    """What became of an action.

    Attributes:
        goal: the pose at its end.
        executed: float64 [7], the action that leads to this pose, and the gripper. Beyond [-1, 1] where a
            limit pulled the goal back.
        cuts: the limits that made it differ from what was asked for.
    """

    goal: Pose
    executed: NDArray[np.float64]
    cuts: Cut


def carry_out(
    limits: GateLimits, action: NDArray[np.floating], *, before: Pose, start: Pose, measured: Pose
) -> Step:
    """Where an action leads: its deltas are counted from the goal before it, and cut to every limit.

    Args:
        limits: of the robot at its task.
        action: finite [7]; values beyond [-1, 1] are cut.
        before: the goal of the action before, or where the target is if there was none.
        start: the target now, from which the speed is counted.
        measured: where the arm is, which the goal may lead by so much.
    """
    asked = np.asarray(action, np.float64)
    values = np.clip(asked, -1.0, 1.0)
    cuts = Cut.NONE if np.array_equal(values, asked) else Cut.RANGE
    goal = integrate_action(before, values, limits.position_scale_m, limits.rotation_scale_rad)
    for cut, limited in (
        (Cut.SPEED, lambda pose: limits.within_step(pose, start, limits.step_s)),
        (Cut.LEAD, lambda pose: limits.within_lead(pose, measured)),
        (Cut.WORKSPACE, lambda pose: limits.within_workspace(pose, allowed=before)),
    ):
        wanted, goal = goal, limited(goal)
        if not _same(wanted, goal):
            cuts |= cut
    if cuts & ~Cut.RANGE:
        values = np.array([*action_between(limits, before, goal), values[6]])
    return Step(goal, values, cuts)


def action_between(limits: GateLimits, before: Pose, goal: Pose) -> NDArray[np.float64]:
    """The first six values of the action that leads from a pose to another, [6], of whatever size."""
    way = (goal.position - before.position) / limits.position_scale_m
    turn = euler_between(before.quaternion, goal.quaternion) / limits.rotation_scale_rad
    return np.concatenate([way, turn])


def action_towards(limits: GateLimits, commanded: Pose, wanted: Pose) -> NDArray[np.float64]:
    """The first six values of the action that leads straight towards a wanted pose, [6] in [-1, 1].

    Args:
        limits: of the robot at its task.
        commanded: where the actions so far have led.
        wanted: the pose to go to, of whatever distance; it is cut to the workspace first.
    """
    wanted = limits.within_workspace(wanted, allowed=commanded)
    turned = limit_turn(commanded.quaternion, wanted.quaternion, limits.rotation_scale_rad)
    action = action_between(limits, commanded, Pose(wanted.position, turned))
    action[:3] /= max(1.0, float(np.abs(action[:3]).max()))
    return np.clip(action, -1.0, 1.0)


def _same(a: Pose, b: Pose) -> bool:
    near = math.dist(a.position, b.position) < _SAME_M
    return near and rotation_distance_rad(a.quaternion, b.quaternion) < _SAME_RAD
