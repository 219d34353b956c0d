"""Cartesian control of the arm: inverse kinematics at 50 Hz, joint servos at the physics' 500 Hz."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose
from ibrl_ros.sim.arm import Arm

_DAMPING = 0.02
_POSTURE_GAIN = 0.05
_LARGEST_STEP_RAD = 0.2


class CartesianController:
    """Computes the actuators' set points from a target pose and a gripper command.

    The inverse kinematics uses a kinematic copy of the robot, so that the servos' lag doesn't influence the
    solution. The model compensates for gravity.
    """

    def __init__(self, model: mujoco.MjModel, arm: Arm) -> None:
        self._model, self._arm = model, arm
        self._copy = mujoco.MjData(model)
        self._at = at = arm.addresses(model)
        self._lowest, self._highest = at.limits_rad.T.copy()
        self._ready = np.array(arm.ready_rad)
        self._jacobian = np.zeros((6, model.nv))
        self._error = np.zeros(6)
        self.joint_target = self._ready.copy()
        self.finger_target_m = arm.finger_travel_m

    def reset(self, joints: NDArray[np.float64], finger_m: float) -> None:
        """Set the present set points: joint angles [J], rad, and travel of a finger, m."""
        self.joint_target = joints.copy()
        self.finger_target_m = finger_m

    def command(self, data: mujoco.MjData, target: Pose, gripper: float, seconds: float) -> None:
        """Write the set points for the next `seconds` to data.ctrl.

        Args:
            data: data of the simulation; only ctrl is written.
            target: target pose of the tool centre point, base frame.
            gripper: gripper command, 0 open to 1 closed.
            seconds: duration of the set points, s; limits the fingers' motion.
        """
        self.joint_target = self.solve(target, self.joint_target, iterations=1)
        reach = self._arm.finger_speed_m_s * seconds
        wanted = self._arm.finger_travel_m * (1.0 - gripper)
        self.finger_target_m += min(max(wanted - self.finger_target_m, -reach), reach)
        data.ctrl[self._at.servos] = self.joint_target
        data.ctrl[self._at.hand] = self.finger_target_m

    def solve(self, target: Pose, start: NDArray[np.float64], iterations: int) -> NDArray[np.float64]:
        """Returns joint angles float64 [J], rad, nearer to the target, by damped least squares from `start`.

        A redundant degree of freedom is pulled to the ready posture, with an error of up to 0.7 mm at the
        edge of the reach. For a target out of reach, or behind a local minimum (a hand turned and tilted
        close to the base), the result is the nearest posture that the iterations find.
        """
        joints = start.copy()
        for _ in range(iterations):
            error = self._pose_error(joints, target)
            jacobian = self._jacobian.take(self._at.dofs, axis=1)
            posture = _POSTURE_GAIN * (self._ready - joints)
            damped = jacobian @ jacobian.T
            damped.flat[::7] += _DAMPING**2
            step = posture + jacobian.T @ np.linalg.solve(damped, error - jacobian @ posture)
            step = np.minimum(np.maximum(step, -_LARGEST_STEP_RAD), _LARGEST_STEP_RAD)
            joints = np.minimum(np.maximum(joints + step, self._lowest), self._highest)
        return joints

    def _pose_error(self, joints: NDArray[np.float64], target: Pose) -> NDArray[np.float64]:
        """Position error (m) and rotation vector (rad) from `joints` to the target, float64 [6]."""
        copy = self._copy
        copy.qpos[self._at.joints] = joints
        mujoco.mj_kinematics(self._model, copy)
        mujoco.mj_comPos(self._model, copy)
        mujoco.mj_jacSite(self._model, copy, self._jacobian[:3], self._jacobian[3:], self._at.tcp)
        self._error[:3] = target.position - copy.site_xpos[self._at.tcp]
        self._error[3:] = _rotation_vector(copy.site_xmat[self._at.tcp], target.quaternion)
        return self._error


def _rotation_vector(matrix: NDArray[np.float64], quaternion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation vector [3] (rad, base frame) from a rotation matrix [9] to a quaternion xyzw."""
    present, turn, vector = np.empty(4), np.empty(4), np.empty(3)
    mujoco.mju_mat2Quat(present, matrix)
    present[1:] *= -1.0
    mujoco.mju_mulQuat(turn, quaternion[[3, 0, 1, 2]], present)
    mujoco.mju_quat2Vel(vector, turn, 1.0)
    return vector
