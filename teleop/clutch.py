"""Clutch-relative mapping: while the grip is squeezed, the robot moves as the hand has since the squeeze."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.teleop import QuestConfig
from ibrl_ros.control.limits import GateLimits
from ibrl_ros.control.poses import (
    Pose,
    euler_between,
    integrate_action,
    interpolate,
    limit_turn,
    multiply,
    rotation_distance_rad,
)
from ibrl_ros.teleop.deadman import Deadman
from ibrl_ros.teleop.oculus_log import Hand
from ibrl_ros.teleop.source import told_to_close

#: QuestConfig's jumps are those of so long a time; of a longer one in proportion, up to LONGEST_S.
STEP_S = 0.1
LONGEST_S = 0.3

_STILL = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


@dataclass
class _Hold:
    """What was latched at the squeeze, and where the actions since then have led.

    `commanded` is integrated as the safety gate does it: were it measured instead, the arm's lag would come
    back as overshoot.
    """

    hand: Pose
    robot: Pose
    commanded: Pose
    closed: bool
    pulled: bool


class Clutch:
    """Turns one hand's samples into actions."""

    def __init__(self, config: QuestConfig, limits: GateLimits) -> None:
        self._config, self._limits = config, limits
        self._deadman = Deadman()
        self._hold: _Hold | None = None
        self._seen: Hand | None = None

    def begin(self) -> None:
        """An episode begins: a squeeze from before it holds nothing."""
        self._deadman.begin()
        self._hold = None

    def rest(self, hand: Hand | None) -> None:
        """Take in the hand between episodes, when it holds nothing."""
        self._deadman.rest(None if hand is None else hand.squeezed)
        self._hold = self._seen = None

    def update(self, hand: Hand | None, prop: NDArray[np.floating]) -> NDArray[np.float32] | None:
        """The action of this step, float32 [7] in [-1, 1]; None while the robot isn't held.

        The first one after a squeeze moves nothing, neither arm nor gripper. A jump of the tracking lets go.

        Args:
            hand: None where the hand isn't known.
            prop: [8], where the robot is: position (m), quaternion xyzw, gripper (0 open .. 1 closed).
        """
        if hand is None or self._jumped(hand):
            self.rest(None)
            return None
        self._seen = hand
        if not self._deadman.update(hand.squeezed):
            self._hold = None
            return None
        measured = Pose.of(prop[:3].tolist(), prop[3:7].tolist())
        if self._hold is None:
            self._hold = _Hold(hand.pose, measured, measured, told_to_close(prop), hand.pulled)
        hold = self._hold
        if hand.pulled != hold.pulled:  # the gripper follows the trigger from its first motion on
            hold.pulled = hold.closed = hand.pulled
        motion = self._motion(hold, hand.pose)
        hold.commanded = self._as_gated(hold.commanded, motion, measured)
        return np.array([*motion, 1.0 if hold.closed else -1.0], np.float32)

    def _jumped(self, hand: Hand) -> bool:
        """Whether the hand is further from where it was seen than it can have gone since."""
        if self._seen is None:
            return False
        before, pose = self._seen.pose, hand.pose
        steps = min(max(STEP_S, hand.arrived_s - self._seen.arrived_s), LONGEST_S) / STEP_S
        moved_m = float(np.linalg.norm(pose.position - before.position))
        turned_rad = rotation_distance_rad(pose.quaternion, before.quaternion)
        return moved_m > steps * self._config.max_jump_m or turned_rad > steps * self._config.max_jump_rad

    def _motion(self, hold: _Hold, hand: Pose) -> NDArray[np.float64]:
        """The six values that lead straight from the commanded pose towards the one that the hand wants."""
        limits, commanded = self._limits, hold.commanded
        wanted = limits.within_workspace(self._wanted(hold, hand), allowed=commanded)
        way = (wanted.position - commanded.position) / limits.position_scale_m
        way /= max(1.0, float(np.abs(way).max()))
        turned = limit_turn(commanded.quaternion, wanted.quaternion, limits.rotation_scale_rad)
        turn = euler_between(commanded.quaternion, turned) / limits.rotation_scale_rad
        return np.clip(np.concatenate([way, turn]), -1.0, 1.0)

    def _wanted(self, hold: _Hold, hand: Pose) -> Pose:
        config = self._config
        moved = along(config.axes, hand.position - hold.hand.position)
        x, y, z, w = hold.hand.quaternion
        turn = multiply(hand.quaternion, (-x, -y, -z, w))
        turn = np.array([*along(config.axes, turn[:3]), turn[3]])
        turn = interpolate(_STILL, Pose(np.zeros(3), turn), config.turn_scale).quaternion
        return Pose(hold.robot.position + config.motion_scale * moved, multiply(turn, hold.robot.quaternion))

    def _as_gated(self, commanded: Pose, motion: NDArray[np.float64], measured: Pose) -> Pose:
        limits = self._limits
        goal = integrate_action(commanded, motion, limits.position_scale_m, limits.rotation_scale_rad)
        goal = limits.within_step(goal, commanded, limits.step_s)
        goal = limits.within_lead(goal, measured)
        return limits.within_workspace(goal, allowed=commanded)


def along(axes: tuple[int, int, int], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector [3] on the robot's axes; `axes` names each of them on the vector's own (1 to 3, signed)."""
    return np.array([np.sign(axis) * vector[abs(axis) - 1] for axis in axes])
