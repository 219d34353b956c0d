"""Poses and rotations of the end effector: small, fast functions for single poses.

Quaternions have the order x, y, z, w. The functions compute with plain floats, because numpy's overhead for
arrays of four numbers is larger than the computation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Quaternion = tuple[float, float, float, float]
_NORM_TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Pose:
    """A position and an orientation in the base frame.

    Attributes:
        position: float64 [3], metres.
        quaternion: float64 [4], xyzw, of unit norm.
    """

    position: NDArray[np.float64]
    quaternion: NDArray[np.float64]

    @classmethod
    def of(cls, position: Iterable[float], quaternion: Iterable[float]) -> Pose:
        """A pose from any sequences; the quaternion is made unit-norm and canonical.

        Raises:
            ValueError: a value is not finite, a length is wrong, or the quaternion is zero.
        """
        xyz = np.array(tuple(position), dtype=np.float64)
        if xyz.shape != (3,) or not np.isfinite(xyz).all():
            raise ValueError(f"a position is three finite numbers, got {xyz.tolist()}")
        return cls(xyz, canonical_quaternion(quaternion))


def unit_pose(pose: Pose) -> Pose | None:
    """A copy of the pose with an exact unit quaternion; None if not finite, or not near unit norm."""
    try:
        if not abs(math.hypot(*pose.quaternion) - 1) < _NORM_TOLERANCE:
            return None
        return Pose.of(pose.position, pose.quaternion)
    except (TypeError, ValueError):
        return None


def canonical_quaternion(quaternion: Iterable[float]) -> NDArray[np.float64]:
    """The unit quaternion of the same rotation with a positive x component.

    q and -q are the same rotation; this function selects one. If x is 0, the first non-zero value of y, z, w
    is made positive. The result jumps where x changes its sign; observations therefore use `signed_like`.

    Args:
        quaternion: [4] xyzw, of any norm except 0.

    Returns:
        float64 [4].

    Raises:
        ValueError: the quaternion is not four finite numbers, or is zero.
    """
    return np.array(_canonical(_floats4(quaternion)), dtype=np.float64)


def signed_like(quaternion: NDArray[np.float64], reference: Iterable[float]) -> NDArray[np.float64]:
    """The quaternion q or -q (the same rotation) whose dot product with the reference is positive.

    The result is continuous for all orientations less than half a turn away from the reference, whichever
    sign a driver uses.

    Args:
        quaternion: [4] xyzw.
        reference: [4] xyzw, for example a task's home.
    """
    agrees = sum(a * b for a, b in zip(_floats4(quaternion), _floats4(reference), strict=True)) >= 0
    return quaternion if agrees else -quaternion


def multiply(a: Iterable[float], b: Iterable[float]) -> NDArray[np.float64]:
    """The quaternion of rotation b followed by rotation a (R_a R_b), canonical."""
    return np.array(_canonical(_product(_floats4(a), _floats4(b))), dtype=np.float64)


def quaternion_from_euler(angles_rad: Iterable[float]) -> NDArray[np.float64]:
    """The quaternion of rotations about the fixed axes x, then y, then z (R_z R_y R_x), canonical."""
    return np.array(_canonical(_from_euler(*(float(angle) for angle in angles_rad))), dtype=np.float64)


def euler_between(start: Iterable[float], goal: Iterable[float]) -> NDArray[np.float64]:
    """The angles [3] (rad, about the fixed axes x, then y, then z) of the rotation from start to goal.

    R_goal = R(angles) R_start, as in `integrate_action`.
    """
    x, y, z, w = _product(_floats4(goal), _conjugate(_floats4(start)))
    roll = math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch = math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x))))
    yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return np.array((roll, pitch, yaw))


def rotation_vector(start: Iterable[float], goal: Iterable[float]) -> NDArray[np.float64]:
    """The rotation vector [3] (axis times angle, rad, base frame) of the shorter rotation to the goal."""
    x, y, z, w = _product(_floats4(goal), _conjugate(_floats4(start)))
    sine = math.hypot(x, y, z)
    scale = 2.0 if sine < 1e-9 else 2 * math.atan2(sine, abs(w)) / sine
    return np.array((x, y, z)) * math.copysign(scale, w)


def quaternion_from_matrix(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quaternion of a rotation matrix [3, 3], canonical (Shepperd's method)."""
    r = rotation.tolist()
    trace = r[0][0] + r[1][1] + r[2][2]
    squares = (r[0][0], r[1][1], r[2][2], trace)
    largest = squares.index(max(squares))
    if largest == 3:
        q = (r[2][1] - r[1][2], r[0][2] - r[2][0], r[1][0] - r[0][1], 1 + trace)
    else:
        i, j, k = largest, (largest + 1) % 3, (largest + 2) % 3
        values = [0.0] * 4
        values[i] = 1 - trace + 2 * r[i][i]
        values[j] = r[i][j] + r[j][i]
        values[k] = r[i][k] + r[k][i]
        values[3] = r[k][j] - r[j][k]
        q = (values[0], values[1], values[2], values[3])
    return np.array(_canonical(q))


def integrate_action(
    pose: Pose, action: NDArray[np.floating], position_scale_m: float, rotation_scale_rad: float
) -> Pose:
    """The pose after one action: position + delta, and R_new = R_delta R_old.

    Args:
        pose: pose to which the deltas are added.
        action: [>= 6] in [-1, 1]: delta position, delta rotation (xyz Euler, base frame); others ignored.
        position_scale_m: translation for an action of 1, m.
        rotation_scale_rad: rotation for an action of 1, rad.
    """
    dx, dy, dz, rx, ry, rz = action[:6].tolist()
    x, y, z = pose.position.tolist()
    turn = _from_euler(rx * rotation_scale_rad, ry * rotation_scale_rad, rz * rotation_scale_rad)
    position = (x + dx * position_scale_m, y + dy * position_scale_m, z + dz * position_scale_m)
    return Pose(np.array(position), np.array(_canonical(_product(turn, _floats4(pose.quaternion)))))


def interpolate(a: Pose, b: Pose, fraction: float) -> Pose:
    """The pose at a fraction (0 is a, 1 is b) of the straight line and of the shorter rotation (slerp)."""
    position = a.position + fraction * (b.position - a.position)
    turned = _slerp(_floats4(a.quaternion), _floats4(b.quaternion), fraction)
    return Pose(position, np.array(_canonical(turned)))


def rotation_distance_rad(a: Iterable[float], b: Iterable[float]) -> float:
    """The angle in [0, pi] of the rotation between two unit quaternions."""
    return _angle(_product(_floats4(a), _conjugate(_floats4(b))))


def limit_turn(
    start: NDArray[np.float64], goal: NDArray[np.float64], max_turn_rad: float
) -> NDArray[np.float64]:
    """The orientation on the shorter rotation to the goal, at most max_turn_rad from start; canonical."""
    angle = rotation_distance_rad(start, goal)
    if angle <= max_turn_rad:
        return canonical_quaternion(goal)
    return np.array(_canonical(_slerp(_floats4(start), _floats4(goal), max_turn_rad / angle)))


def tilt_and_yaw_rad(quaternion: Iterable[float], home: Iterable[float]) -> tuple[float, float]:
    """Tilt in [0, pi] and yaw in [-pi, pi] of an orientation relative to home.

    The rotation from home, R R_home^-1, is decomposed into a yaw about the base frame's z axis, followed by a
    rotation about a horizontal axis, the tilt (swing-twist decomposition).
    """
    swing, yaw = _swing_and_yaw(_product(_floats4(quaternion), _conjugate(_floats4(home))))
    return _angle(swing), yaw


def clip_rotation(
    quaternion: NDArray[np.float64], home: NDArray[np.float64], max_tilt_rad: float, max_yaw_rad: float
) -> NDArray[np.float64]:
    """The orientation with its tilt and yaw from home (see tilt_and_yaw_rad) clipped to the limits."""
    home4 = _floats4(home)
    swing, yaw = _swing_and_yaw(_product(_floats4(quaternion), _conjugate(home4)))
    tilt = _angle(swing)
    if tilt <= max_tilt_rad and abs(yaw) <= max_yaw_rad:
        return canonical_quaternion(quaternion)
    if tilt > max_tilt_rad:
        swing = _slerp((0.0, 0.0, 0.0, 1.0), swing, max_tilt_rad / tilt)
    half_yaw = max(-max_yaw_rad, min(max_yaw_rad, yaw)) / 2
    turn = _product(swing, (0.0, 0.0, math.sin(half_yaw), math.cos(half_yaw)))
    return np.array(_canonical(_product(turn, home4)))


def _floats4(quaternion: Iterable[float]) -> Quaternion:
    values = quaternion.tolist() if isinstance(quaternion, np.ndarray) else [float(v) for v in quaternion]
    if len(values) != 4:
        raise ValueError(f"a quaternion is four numbers (x, y, z, w), got {values}")
    return values[0], values[1], values[2], values[3]


def _canonical(q: Quaternion) -> Quaternion:
    norm = math.hypot(*q)
    if not 1e-9 < norm < math.inf:
        raise ValueError(f"a quaternion is four finite numbers, not all 0, got {list(q)}")
    leading = q[0] or q[1] or q[2] or q[3]
    scale = 1 / norm if leading > 0 else -1 / norm
    return q[0] * scale, q[1] * scale, q[2] * scale, q[3] * scale


def _conjugate(q: Quaternion) -> Quaternion:
    return -q[0], -q[1], -q[2], q[3]


def _product(a: Quaternion, b: Quaternion) -> Quaternion:
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def _from_euler(roll: float, pitch: float, yaw: float) -> Quaternion:
    about_x = (math.sin(roll / 2), 0.0, 0.0, math.cos(roll / 2))
    about_y = (0.0, math.sin(pitch / 2), 0.0, math.cos(pitch / 2))
    about_z = (0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2))
    return _product(about_z, _product(about_y, about_x))


def _angle(q: Quaternion) -> float:
    return 2 * math.atan2(math.hypot(q[0], q[1], q[2]), abs(q[3]))


def _slerp(a: Quaternion, b: Quaternion, fraction: float) -> Quaternion:
    turn = _product(b, _conjugate(a))
    sine = math.hypot(turn[0], turn[1], turn[2])
    if sine < 1e-12:
        return a
    half_angle = math.atan2(sine, abs(turn[3])) * fraction
    scale = math.copysign(math.sin(half_angle) / sine, turn[3])
    part = (turn[0] * scale, turn[1] * scale, turn[2] * scale, math.cos(half_angle))
    return _product(part, a)


def _swing_and_yaw(turn: Quaternion) -> tuple[Quaternion, float]:
    norm = math.hypot(turn[2], turn[3])
    if norm < 1e-9:  # upside down: the yaw is undefined, the whole rotation counts as tilt
        return turn, 0.0
    twist = (0.0, 0.0, turn[2] / norm, turn[3] / norm)
    yaw = 2 * math.atan2(twist[2], twist[3])
    return _product(turn, _conjugate(twist)), math.remainder(yaw, 2 * math.pi)
