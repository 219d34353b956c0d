"""Relative mapping with a clutch: while the grip is squeezed, the robot follows the hand's motion."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose, interpolate, multiply, rotation_distance_rad
from ibrl_ros.teleop.deadman import Deadman
from ibrl_ros.teleop.oculus_log import Hand
from ibrl_ros.teleop.sample import RobotNow

if TYPE_CHECKING:
    from ibrl_ros.teleop.devices.quest import QuestConfig

#: Time for QuestConfig's largest jumps, s. For longer times they grow in proportion, up to LONGEST_S.
WINDOW_S = 0.1
LONGEST_S = 0.3

_STILL = Pose(np.zeros(3), np.array([0.0, 0.0, 0.0, 1.0]))


class Asked(NamedTuple):
    """The pose that a squeezed hand asks for, and whether the gripper shall close."""

    wanted: Pose
    closed: bool


@dataclass
class _Hold:
    """Hand and robot poses at the squeeze, and the gripper's command since then."""

    hand: Pose
    robot: Pose
    closed: bool
    pulled: bool


class Clutch:
    """Computes the wanted pose of the robot from the samples of one hand."""

    def __init__(self, config: QuestConfig) -> None:
        self._config = config
        self._deadman = Deadman()
        self._hold: _Hold | None = None
        self._seen: deque[Hand] = deque()

    def begin(self) -> None:
        """An episode starts: a squeeze that began before doesn't count."""
        self._deadman.begin()
        self._hold = None

    def rest(self, hand: Hand | None) -> None:
        """Update the hand between episodes, when it doesn't move the robot."""
        self._deadman.rest(None if hand is None else hand.squeezed)
        self._hold = None
        self._seen.clear()

    def update(self, hand: Hand | None, robot: RobotNow) -> Asked | None:
        """The wanted pose and gripper; None while the hand doesn't hold the robot.

        At the squeeze this is the robot's pose and its gripper's command. A jump of the tracking lets go.

        Args:
            hand: the hand's sample; None if the hand isn't tracked.
            robot: state of the robot.
        """
        if hand is None or self._jumped(hand):
            self.rest(None)
            return None
        if not self._deadman.update(hand.squeezed):
            self._hold = None
            return None
        if self._hold is None:
            self._hold = _Hold(hand.pose, robot.measured, robot.told_to_close, hand.pulled)
        hold = self._hold
        if hand.pulled != hold.pulled:  # the gripper follows the trigger from its first motion on
            hold.pulled = hold.closed = hand.pulled
        return Asked(self._wanted(hold, hand.pose), hold.closed)

    def _jumped(self, hand: Hand) -> bool:
        """Whether the hand has moved further than a hand can since its recent samples."""
        seen = self._seen
        while len(seen) > 1 and hand.arrived_s - seen[0].arrived_s > WINDOW_S:
            seen.popleft()
        jumped = any(self._too_far(before, hand) for before in seen)
        seen.append(hand)
        return jumped

    def _too_far(self, before: Hand, hand: Hand) -> bool:
        windows = min(max(WINDOW_S, hand.arrived_s - before.arrived_s), LONGEST_S) / WINDOW_S
        moved_m = float(np.linalg.norm(hand.pose.position - before.pose.position))
        turned_rad = rotation_distance_rad(hand.pose.quaternion, before.pose.quaternion)
        return moved_m > windows * self._config.max_jump_m or turned_rad > windows * self._config.max_jump_rad

    def _wanted(self, hold: _Hold, hand: Pose) -> Pose:
        config = self._config
        moved = along(config.axes, hand.position - hold.hand.position)
        x, y, z, w = hold.hand.quaternion
        turn = multiply(hand.quaternion, (-x, -y, -z, w))
        turn = np.array([*along(config.axes, turn[:3]), turn[3]])
        turn = interpolate(_STILL, Pose(np.zeros(3), turn), config.turn_scale).quaternion
        return Pose(hold.robot.position + config.motion_scale * moved, multiply(turn, hold.robot.quaternion))


def along(axes: tuple[int, int, int], vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vector [3] in the robot's axes; `axes` gives the vector's axis (1 to 3, signed) for each."""
    return np.array([np.sign(axis) * vector[abs(axis) - 1] for axis in axes])
