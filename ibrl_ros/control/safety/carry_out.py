"""Converts an action to its goal pose within all limits, and a goal pose to the action that leads to it."""

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

# Larger than rounding errors of a pose.
_SAME_M = _SAME_RAD = 1e-9


class Cut(IntFlag):
    """The limits that changed an action."""

    NONE = 0
    RANGE = 1
    SPEED = 2
    LEAD = 4
    WORKSPACE = 8

    @property
    def words(self) -> str:
        """Names of the limits, for people; empty without a limit."""
        return ", ".join(cut.name.lower() for cut in Cut if cut in self and cut.name)


class Step(NamedTuple):
    """An action within the limits.

    Attributes:
        goal: pose at the end of the action.
        executed: float64 [7], the action that leads to this pose, and the gripper. Outside [-1, 1] if a
            limit moved the goal back.
        cuts: limits that changed the action.
    """

    goal: Pose
    executed: NDArray[np.float64]
    cuts: Cut


def carry_out(
    limits: GateLimits, action: NDArray[np.floating], *, before: Pose, start: Pose, measured: Pose
) -> Step:
    """The goal of an action: the previous goal plus the action's deltas, within all limits.

    Args:
        limits: limits of the robot and the task.
        action: [7], finite; clipped to [-1, 1].
        before: goal of the previous action; the present target if there was none.
        start: present target, from which the speed limits count.
        measured: measured pose, from which the lead limit counts.
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
    """The first six values [6] of the action that leads from one pose to another; not clipped."""
    way = (goal.position - before.position) / limits.position_scale_m
    turn = euler_between(before.quaternion, goal.quaternion) / limits.rotation_scale_rad
    return np.concatenate([way, turn])


def action_towards(limits: GateLimits, commanded: Pose, wanted: Pose) -> NDArray[np.float64]:
    """The first six values [6] in [-1, 1] of the action that leads straight towards a wanted pose.

    Args:
        limits: limits of the robot and the task.
        commanded: pose to which the actions so far have led.
        wanted: wanted pose at any distance; it is clipped to the workspace first.
    """
    wanted = limits.within_workspace(wanted, allowed=commanded)
    turned = limit_turn(commanded.quaternion, wanted.quaternion, limits.rotation_scale_rad)
    action = action_between(limits, commanded, Pose(wanted.position, turned))
    action[:3] /= max(1.0, float(np.abs(action[:3]).max()))
    return np.clip(action, -1.0, 1.0)


def _same(a: Pose, b: Pose) -> bool:
    near = math.dist(a.position, b.position) < _SAME_M
    return near and rotation_distance_rad(a.quaternion, b.quaternion) < _SAME_RAD
