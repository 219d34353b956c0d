"""A Universal Robots UR5e with a Robotiq 2F-85, made of capsules, cylinders and boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np

from ibrl_ros.config.sim import SimArmConfig
from ibrl_ros.registers import ARMS
from ibrl_ros.sim.arm import Arm
from ibrl_ros.sim.contacts import ROBOT_BIT
from ibrl_ros.sim.objects.gripper_2f85 import add_gripper

PEDESTAL_M = 0.10
"""Height of the arm's foot above the table, at which no pose in the tasks' workspaces stretches the elbow."""

# "DH Parameters for calculations of kinematics and dynamics", universal-robots.com/articles/ur/
# application-installation/dh-parameters-for-calculations-of-kinematics-and-dynamics: here a (m), d (m), alpha
# (rad) after Craig, that is a and alpha of the joint before. The arm lies along -x with all joints at 0.
LINKS = (
    (0.0, 0.1625 + PEDESTAL_M, 0.0),
    (0.0, 0.0, math.pi / 2),
    (-0.425, 0.0, 0.0),
    (-0.3922, 0.1333, 0.0),
    (0.0, 0.0997, math.pi / 2),
    (0.0, 0.0996, -math.pi / 2),
)
# The same page: mass (kg) and centre of mass (m), converted from the page's link frames to Craig's.
_MASSES = (
    (3.761, (0.0, -0.00193, -0.02561)),
    (8.058, (-0.2125, 0.0, 0.11336)),
    (2.846, (-0.2422, 0.0, 0.0265)),
    (1.37, (0.0, -0.01634, -0.0018)),
    (1.3, (0.0, 0.01634, -0.0018)),
    (0.365, (0.0, 0.0, -0.001159)),
)
# Radius of gyration, because the page has no inertia of the UR5e's links. A tube's is a third of its length.
_GYRATION_M = (0.06, 0.13, 0.12, 0.04, 0.04, 0.03)

# From the UR5e's technical specifications: joints turn by 360 degrees either way, the elbow by 180.
_RANGES_RAD = (2 * math.pi, 2 * math.pi, math.pi, 2 * math.pi, 2 * math.pi, 2 * math.pi)
_TORQUES_NM = (150.0, 150.0, 150.0, 28.0, 28.0, 28.0)
# Servo gains [N m/rad, N m s/rad] of each joint: the hand follows with a lag of about 30 ms, as on the FR3.
_SERVO_GAINS = ((4500, 135), (4500, 135), (3500, 105), (2000, 50), (2000, 50), (2000, 40))
_ARMATURES = (0.195, 0.195, 0.195, 0.074, 0.074, 0.074)

_GREY, _BLUE, _DARK = (0.78, 0.79, 0.80, 1.0), (0.38, 0.56, 0.72, 1.0), (0.25, 0.26, 0.28, 1.0)
_CAPSULE, _CYLINDER = mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_CYLINDER

# For each link, in its joint's frame: shape, both ends (m), radius (m), colour. The tubes lie side by side.
_SHAPES: tuple[tuple[tuple[Any, Sequence[float], float, Any], ...], ...] = (
    (
        (_CYLINDER, (0, 0, -0.13, 0, 0, -0.06), 0.060, _GREY),
        (_CAPSULE, (0, 0, -0.02, 0, -0.06, 0), 0.058, _GREY),
        (_CYLINDER, (0, 0.045, 0, 0, 0.066, 0), 0.056, _BLUE),
    ),
    (
        (_CAPSULE, (0, 0, 0.10, 0, 0, 0.136), 0.057, _GREY),
        (_CYLINDER, (0, 0, 0.175, 0, 0, 0.196), 0.056, _BLUE),
        (_CAPSULE, (0, 0, 0.136, -0.425, 0, 0.136), 0.043, _GREY),
        (_CAPSULE, (-0.425, 0, 0.07, -0.425, 0, 0.136), 0.052, _GREY),
        (_CYLINDER, (-0.425, 0, 0.17, -0.425, 0, 0.19), 0.050, _BLUE),
    ),
    (
        (_CAPSULE, (0, 0, 0.010, 0, 0, 0.03), 0.050, _GREY),
        (_CYLINDER, (0, 0, -0.058, 0, 0, -0.04), 0.048, _BLUE),
        (_CAPSULE, (0, 0, 0.010, -0.3922, 0, 0.010), 0.037, _GREY),
        (_CAPSULE, (-0.3922, 0, 0.010, -0.3922, 0, 0.07), 0.040, _GREY),
        (_CYLINDER, (-0.3922, 0, -0.045, -0.3922, 0, -0.028), 0.038, _BLUE),
    ),
    (
        (_CAPSULE, (0, 0, -0.02, 0, 0, 0.01), 0.040, _GREY),
        (_CYLINDER, (0, 0, 0.040, 0, 0, 0.054), 0.038, _BLUE),
        (_CAPSULE, (0, 0, 0, 0, -0.05, 0), 0.038, _GREY),
    ),
    (
        (_CAPSULE, (0, 0, -0.02, 0, 0, 0.01), 0.040, _GREY),
        (_CYLINDER, (0, 0, 0.040, 0, 0, 0.054), 0.038, _BLUE),
        (_CAPSULE, (0, 0, 0, 0, 0.05, 0), 0.038, _GREY),
    ),
    ((_CYLINDER, (0, 0, -0.045, 0, 0, 0), 0.0375, _DARK),),
)


class Ur5eConfig(SimArmConfig):
    """The Universal Robots UR5e with a Robotiq 2F-85, on a pedestal of 10 cm. It has no settings."""


@ARMS.register("ur5e")
class Ur5e(Arm):
    """The Universal Robots UR5e with a Robotiq 2F-85, on a pedestal."""

    Config = Ur5eConfig
    joints = (
        "shoulder_pan_joint",
        "shoulder_lift_joint",
        "elbow_joint",
        "wrist_1_joint",
        "wrist_2_joint",
        "wrist_3_joint",
    )
    fingers = ("left_finger_joint", "right_finger_joint")
    pads = ("left_finger_pad", "right_finger_pad")
    ready_rad = (2.87, -1.46, 2.0, -2.11, -1.57, -1.84)
    finger_travel_m = 0.0425
    finger_speed_m_s = 0.065  # of the real gripper: up to 0.15 m/s between both fingers

    def spec(self) -> mujoco.MjSpec:
        """Returns the arm, made of simple shapes."""
        spec = mujoco.MjSpec()
        spec.compiler.degree = False
        spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
        foot = spec.worldbody.add_body(name="base", gravcomp=1.0)
        _add_shape(foot, _CYLINDER, (0, 0, 0, 0, 0, PEDESTAL_M), 0.07, _DARK)
        _add_shape(foot, _CYLINDER, (0, 0, PEDESTAL_M, 0, 0, PEDESTAL_M + 0.035), 0.075, _GREY)
        link = foot
        for index, name in enumerate(self.joints):
            link = _add_link(link, index, name)
            _add_servo(spec, index, name)
        add_gripper(spec, link, self)
        return spec


def _add_link(parent: mujoco.MjsBody, index: int, joint: str) -> mujoco.MjsBody:
    """Add a link that turns about its z axis; returns its body."""
    a, d, alpha = LINKS[index]
    mass_kg, centre_m = _MASSES[index]
    link = parent.add_body(
        name=joint.replace("_joint", "_link"),
        pos=[a, -d * math.sin(alpha), d * math.cos(alpha)],
        quat=[math.cos(alpha / 2), math.sin(alpha / 2), 0.0, 0.0],
        gravcomp=1.0,
        mass=mass_kg,
        ipos=centre_m,
        inertia=[mass_kg * _GYRATION_M[index] ** 2] * 3,
        explicitinertial=True,
    )
    range_rad, torque_nm = _RANGES_RAD[index], _TORQUES_NM[index]
    link.add_joint(
        name=joint,
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=[0, 0, 1],
        range=[-range_rad, range_rad],
        actfrcrange=[-torque_nm, torque_nm],
        damping=0.2,
        armature=_ARMATURES[index],
    )
    for kind, ends, radius_m, colour in _SHAPES[index]:
        _add_shape(link, kind, ends, radius_m, colour)
    return link


def _add_servo(spec: mujoco.MjSpec, index: int, joint: str) -> None:
    stiffness, damping = _SERVO_GAINS[index]
    spec.add_actuator(
        name=joint,
        target=joint,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        gainprm=[stiffness, *[0.0] * 9],
        biasprm=[0.0, -stiffness, -damping, *[0.0] * 7],
    )


def _add_shape(
    body: mujoco.MjsBody, kind: Any, ends: Sequence[float], radius_m: float, colour: Sequence[float]
) -> None:
    body.add_geom(
        type=kind,
        fromto=np.array(ends, float),
        size=[radius_m, 0, 0],
        rgba=colour,
        mass=0.0,
        contype=ROBOT_BIT,
        conaffinity=0,
    )
