"""Cartesian impedance control: joint torques that pull the hand to a target like a damped spring."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.arm import ArmConfig
from ibrl_ros.config.libfranka import ImpedanceConfig
from ibrl_ros.control.poses import Pose, rotation_vector
from ibrl_ros.franka.joints import JointLimits, Posture, bounded
from ibrl_ros.franka.target import SmoothTarget

Vector = NDArray[np.float64]

CYCLE_S = 0.001
MAX_TORQUE_NM = np.array([87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0])
"""Largest joint torques, from the robot's data sheet."""
MAX_TORQUE_STEP_NM = 0.8
"""Largest change in a cycle; the robot stops with controller_torque_discontinuity beyond 1."""
_DAMPING = 1e-3 * np.eye(6)
_POSTURE_DAMPING = 2.0
_MAX_POSTURE_ERROR_RAD = 0.5


@dataclass(frozen=True)
class Dynamics:
    """State and dynamics of the arm at one time.

    Attributes:
        pose: pose of the end effector, base frame.
        joints: joint positions, float64 [7], rad.
        velocities: joint velocities, float64 [7], rad/s.
        jacobian: Jacobian of the end effector, float64 [6, 7], base frame.
        coriolis: Coriolis torques, float64 [7], Nm.
    """

    pose: Pose
    joints: Vector
    velocities: Vector
    jacobian: Vector
    coriolis: Vector


@dataclass(frozen=True)
class Limits:
    """Limits of the target pose's motion, and of the joints.

    Attributes:
        speed_m_s: largest speed of the target pose, m/s.
        turn_rad_s: largest turning speed of the target pose, rad/s.
        arm: joint limits and posture; None for control without joint limits, with the elbow's posture at the
            start of control.
    """

    speed_m_s: float
    turn_rad_s: float
    arm: ArmConfig | None = None


class CartesianImpedance:
    """Torques without gravity, which libfranka adds by itself. One call a cycle of 1 ms.

    F = K e - D J dq, tau = J^T F + N tau_posture + tau_limits + coriolis (Ott, Cartesian Impedance Control of
    Redundant and Flexible-Joint Robots, 2008, section 3), where e is the clipped pose error and N projects on
    what doesn't move the hand. Target and torque change gradually: no jump of the target is one of the arm.
    """

    def __init__(self, config: ImpedanceConfig, limits: Limits, start: Dynamics, torques_nm: Vector) -> None:
        """Begin with the present pose as target pose and the present posture.

        Args:
            config: stiffness and damping.
            limits: limits of the target pose's motion, and of the joints.
            start: present state of the arm.
            torques_nm: presently commanded torques [7], Nm.
        """
        self._config = config
        self._stiffness = np.repeat([config.stiffness_n_m, config.stiffness_nm_rad], 3)
        self._damping = np.repeat([config.damping_ns_m, config.damping_nms_rad], 3)
        fraction = 1 - math.exp(-CYCLE_S / config.filter_s)
        step_m, step_rad = limits.speed_m_s * CYCLE_S, limits.turn_rad_s * CYCLE_S
        self._target = SmoothTarget(start.pose, fraction, step_m, step_rad)
        arm, self._joint_limits, posture = limits.arm, None, None
        if arm is not None:
            self._joint_limits = JointLimits(arm, config.joint_limit_nm, config.joint_limit_margin_rad)
            posture = np.array(arm.posture_rad)
        self._posture = Posture(start.joints, posture, config.posture_rad_per_m)
        self._torques = torques_nm

    def torques(self, arm: Dynamics, target: Pose) -> Vector:
        """Returns the torques to command in this cycle, float64 [7], Nm.

        Args:
            arm: state of the arm in this cycle.
            target: target pose of the hand, finite, with a unit quaternion.
        """
        self._posture.hand_moves(self._target.follow(target))
        wrench = self._stiffness * self._error(arm.pose) - self._damping * (arm.jacobian @ arm.velocities)
        wanted = arm.jacobian.T @ wrench + self._posture_torques(arm) + arm.coriolis
        if self._joint_limits is not None:
            wanted = wanted + self._joint_limits.torques(arm.joints)
        wanted = bounded(wanted, MAX_TORQUE_NM)
        self._torques = self._torques + bounded(wanted - self._torques, MAX_TORQUE_STEP_NM)
        return self._torques

    def _error(self, pose: Pose) -> Vector:
        """Position (m) and turn (rad) from the pose to the target, float64 [6], each part clipped."""
        target = self._target.pose
        error_m = target.position - pose.position
        error_rad = rotation_vector(pose.quaternion, target.quaternion)
        limit_m, limit_rad = self._config.max_error_m, self._config.max_error_rad
        return np.concatenate([_clipped(error_m, limit_m), _clipped(error_rad, limit_rad)])

    def _posture_torques(self, arm: Dynamics) -> Vector:
        """Torques of a weak spring to the posture, projected so that the hand doesn't move."""
        stiffness = self._config.posture_stiffness_nm_rad
        damping = _POSTURE_DAMPING * math.sqrt(stiffness)
        error = bounded(self._posture.joints_rad - arm.joints, _MAX_POSTURE_ERROR_RAD)
        spring = stiffness * error - damping * arm.velocities
        jacobian = arm.jacobian
        wrench = np.linalg.solve(jacobian @ jacobian.T + _DAMPING, jacobian @ spring)
        return spring - jacobian.T @ wrench


def _clipped(vector: Vector, length: float) -> Vector:
    norm = math.hypot(*vector)
    return vector if norm <= length else vector * (length / norm)
