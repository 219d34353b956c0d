"""A Robotiq 2F-85 with sliding fingers, in place of the real gripper's linkages with parallel tips."""

from __future__ import annotations

from typing import Any

import mujoco

from ibrl_ros.sim.arm import TCP_SITE, WRIST_CAMERA, Arm
from ibrl_ros.sim.contacts import ROBOT_BIT

TCP_FROM_FLANGE_M = 0.163
"""Distance from the flange to the middle of the pads with closed fingers, from the gripper's manual."""

# Robotiq's manual: total mass 925 g, grasping force 20 to 235 N.
_BODY_KG, _FINGER_KG = 0.80, 0.06
_FORCE_N = 120.0
_STIFFNESS_N_M, _DAMPING_N_S_M = 2000.0, 60.0
_PAD_HALF_M = (0.011, 0.0045, 0.0085)

_BLACK, _STEEL, _RUBBER = (0.14, 0.14, 0.15, 1.0), (0.45, 0.46, 0.48, 1.0), (0.24, 0.25, 0.27, 1.0)
_BOX, _CYLINDER = mujoco.mjtGeom.mjGEOM_BOX, mujoco.mjtGeom.mjGEOM_CYLINDER
_TOUCHING: dict[str, Any] = {"contype": ROBOT_BIT, "conaffinity": 0, "mass": 0.0}
_SHOWN: dict[str, Any] = {"contype": 0, "conaffinity": 0, "mass": 0.0}


def add_gripper(spec: mujoco.MjSpec, flange: mujoco.MjsBody, arm: Arm) -> None:
    """Add the gripper, with the arm's names of joints, pads and actuator; its fingers open along y."""
    hand = flange.add_body(
        name="hand",
        gravcomp=1.0,
        mass=_BODY_KG,
        ipos=[0, 0, 0.05],
        inertia=[1.2e-3, 1.0e-3, 0.6e-3],
        explicitinertial=True,
    )
    hand.add_geom(type=_CYLINDER, pos=[0, 0, 0.007], size=[0.0375, 0.007, 0], rgba=_STEEL, **_TOUCHING)
    hand.add_geom(type=_BOX, pos=[0, 0, 0.052], size=[0.032, 0.036, 0.038], rgba=_BLACK, **_TOUCHING)
    hand.add_geom(type=_BOX, pos=[0, 0, 0.092], size=[0.013, 0.060, 0.006], rgba=_STEEL, **_SHOWN)
    hand.add_site(name=TCP_SITE, pos=[0, 0, TCP_FROM_FLANGE_M], group=5)
    # The same distance from the fingertips as on the FR3, so that pictures are alike for a policy.
    hand.add_camera(
        name=WRIST_CAMERA, pos=[0.07, 0, TCP_FROM_FLANGE_M - 0.1234], xyaxes=[0, 1, 0, 1, 0, 0], fovy=75
    )
    for side, joint, pad in zip((1, -1), arm.fingers, arm.pads, strict=True):
        _add_finger(hand, side, joint, pad, arm.finger_travel_m)
    _couple(spec, arm)


def _add_finger(hand: mujoco.MjsBody, side: int, joint: str, pad: str, travel_m: float) -> None:
    """Add a finger that opens to +y or -y; the face of its pad is at y = 0 when closed."""
    finger = hand.add_body(
        name=joint.removesuffix("_joint"),
        pos=[0, 0, TCP_FROM_FLANGE_M],
        gravcomp=1.0,
        mass=_FINGER_KG,
        ipos=[0, side * 0.012, -0.025],
        inertia=[3e-5, 3e-5, 1e-5],
        explicitinertial=True,
    )
    finger.add_joint(
        name=joint,
        type=mujoco.mjtJoint.mjJNT_SLIDE,
        axis=[0, side, 0],
        range=[0, travel_m],
        armature=0.1,
        damping=1.0,
    )
    finger.add_geom(
        name=pad,
        type=_BOX,
        pos=[0, side * _PAD_HALF_M[1], 0],
        size=_PAD_HALF_M,
        rgba=_RUBBER,
        friction=[1.5, 0.02, 0.0002],
        condim=4,
        solref=[0.004, 1.0],  # stiff: with the default the fingers sink 3 mm into an object
        **_TOUCHING,
    )
    finger.add_geom(
        type=_BOX, pos=[0, side * 0.014, -0.022], size=[0.011, 0.005, 0.030], rgba=_BLACK, **_TOUCHING
    )
    finger.add_geom(
        type=_BOX, pos=[0, side * 0.016, -0.058], size=[0.009, 0.007, 0.016], rgba=_STEEL, **_TOUCHING
    )


def _couple(spec: mujoco.MjSpec, arm: Arm) -> None:
    """Couple both fingers to equal travel, and add one actuator for both."""
    spec.add_equality(
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=arm.fingers[0],
        name2=arm.fingers[1],
        data=[0.0, 1.0, *[0.0] * 10],
        solref=[0.005, 1.0],
        solimp=[0.95, 0.99, 0.001, 0.5, 2.0],
    )
    tendon = spec.add_tendon(name="split")
    for joint in arm.fingers:
        tendon.wrap_joint(joint, 0.5)
    spec.add_actuator(
        name=arm.hand,
        target="split",
        trntype=mujoco.mjtTrn.mjTRN_TENDON,
        gaintype=mujoco.mjtGain.mjGAIN_FIXED,
        biastype=mujoco.mjtBias.mjBIAS_AFFINE,
        gainprm=[_STIFFNESS_N_M, *[0.0] * 9],
        biasprm=[0.0, -_STIFFNESS_N_M, -_DAMPING_N_S_M, *[0.0] * 7],
        forcerange=[-_FORCE_N, _FORCE_N],
        forcelimited=True,
        ctrlrange=[0.0, arm.finger_travel_m],
        ctrllimited=True,
    )
