"""An arm that follows its tool's target as under an impedance controller: with a lag."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ibrl_ros.config.arm import ArmConfig
from ibrl_ros.control.poses import Pose, rotation_vector
from ibrl_ros.control.safety.kinematics import tool_pose

LAG_S = 0.1
#: What crisp_controllers clips the error to, metres and radians.
CLIP = np.array([0.1, 0.1, 0.1, 0.5, 0.5, 0.5])
HAND_SPEED_M_S = 0.3
_DAMPING = 0.05
_SMALL_RAD = 1e-5
_TRIES = 2000


class Arm:
    """Seven joints, moved so that the tool goes where it is told.

    Attributes:
        joints_rad: float64 [7].
        blocked: something is in the way: it doesn't move whatever the target.
    """

    def __init__(self, config: ArmConfig, start_m: ArrayLike) -> None:
        """Put the tool at a place, pointing down.

        Args:
            config: the joints of the robot.
            start_m: x, y, z of the tool centre point in the base frame.
        """
        self._config = config
        self._low, self._high = np.array(config.low_rad), np.array(config.high_rad)
        self.blocked = False
        self.joints_rad = np.array(config.posture_rad)
        self.put(start_m)

    @property
    def pose(self) -> Pose:
        """The tool centre point, base frame."""
        return tool_pose(self._config, self.joints_rad)

    @property
    def flange(self) -> Pose:
        """Where the hand is screwed on."""
        bare = self._config.model_copy(update={"tcp_offset_m": 0.0, "tcp_turn_rad": 0.0})
        return tool_pose(bare, self.joints_rad)

    def put(self, place_m: ArrayLike) -> None:
        """The tool is at a place at once, pointing down."""
        goal = Pose.of(np.asarray(place_m, float), (1.0, 0.0, 0.0, 0.0))
        for _ in range(_TRIES):
            if self.follow(goal, LAG_S / 4) < 1e-4:
                return
        raise ValueError(f"the arm doesn't reach {place_m}")

    def follow(self, target: Pose, seconds: float) -> float:
        """Move towards a target for a moment; how far it still was away (m, and rad), the larger of both."""
        here = self.pose
        error = np.concatenate(
            (target.position - here.position, rotation_vector(here.quaternion, target.quaternion))
        )
        away = float(np.abs(error).max())
        if not self.blocked and away > 1e-6:
            self._move(here, np.clip(error, -CLIP, CLIP) * min(1.0, seconds / LAG_S))
        return away

    def push(self, way_m: NDArray[np.float64], seconds: float) -> NDArray[np.float64]:
        """Move by hand along a way for a moment; the way that is left."""
        left_m = float(np.linalg.norm(way_m))
        step = way_m * min(1.0, HAND_SPEED_M_S * seconds / max(left_m, 1e-9))
        before = self.pose
        self._move(before, np.concatenate((step, np.zeros(3))))
        return way_m - (self.pose.position - before.position)

    def _move(self, here: Pose, step: NDArray[np.float64]) -> None:
        jacobian = np.zeros((6, 7))
        for joint in range(7):
            nudged = self.joints_rad.copy()
            nudged[joint] += _SMALL_RAD
            there = tool_pose(self._config, nudged)
            jacobian[:3, joint] = (there.position - here.position) / _SMALL_RAD
            jacobian[3:, joint] = rotation_vector(here.quaternion, there.quaternion) / _SMALL_RAD
        damped = jacobian @ jacobian.T + _DAMPING**2 * np.eye(6)
        turned = self.joints_rad + jacobian.T @ np.linalg.solve(damped, step)
        self.joints_rad = np.clip(turned, self._low, self._high)


def distance_m(a: ArrayLike, b: ArrayLike) -> float:
    """Between two places."""
    return math.dist(np.asarray(a, float), np.asarray(b, float))
