"""The Franka Research 3 with its hand, as a MuJoCo specification made from franky-sim's model."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import mujoco
import numpy as np

from ibrl_ros.config.sim import SimArmConfig
from ibrl_ros.registers import ARMS
from ibrl_ros.sim.arm import TCP_SITE, WRIST_CAMERA, Arm
from ibrl_ros.sim.contacts import ROBOT_BIT

TCP_FROM_HAND_M = 0.1034
FINGER_BODIES = ("left_finger", "right_finger")

# Servo gains [N m/rad, N m s/rad] of each joint: the model's stiffness with less damping, so that the hand
# follows with a lag of about 30 ms instead of 100 ms.
_SERVO_GAINS = ((4500, 135), (4500, 135), (3500, 105), (3500, 105), (2000, 50), (2000, 50), (2000, 40))
_HAND_STIFFNESS_N_M = 2000.0
_HAND_DAMPING_N_S_M = 60.0

_SHELL = (0.93, 0.94, 0.95, 1.0)
_DARK = (0.22, 0.24, 0.27, 1.0)


class Fr3Config(SimArmConfig):
    """The Franka Research 3 with its hand. It has no settings."""


@ARMS.register("fr3")
class Fr3(Arm):
    """The Franka Research 3 with its hand, from the meshes of franky-sim."""

    Config = Fr3Config
    joints = tuple(f"fr3_joint{number}" for number in range(1, 8))
    fingers = ("finger_joint1", "finger_joint2")
    pads = tuple(f"{finger}_pad" for finger in FINGER_BODIES)
    ready_rad = (0.0, -np.pi / 4, 0.0, -3 * np.pi / 4, 0.0, np.pi / 2, np.pi / 4)  # Franka's own
    finger_travel_m = 0.04
    finger_speed_m_s = 0.05  # of the real hand: about 0.1 m/s between both fingers

    def spec(self) -> mujoco.MjSpec:
        """Returns the arm with the collision meshes as visible shapes.

        Raises:
            ModuleNotFoundError: franky-sim isn't installed.
        """
        assets = _franky_assets()
        spec = mujoco.MjSpec.from_file(str(assets / "fr3.xml"))
        spec.meshdir = str(assets / "meshes")
        for key in spec.keys:
            spec.delete(key)
        _use_light_meshes(spec)
        _set_fingers(spec)
        _set_joints(spec)
        hand = spec.body("hand")
        hand.add_site(name=TCP_SITE, pos=[0, 0, TCP_FROM_HAND_M], group=5)
        # In front of the hand, with a view along the fingers to the block and the fingertips.
        hand.add_camera(name=WRIST_CAMERA, pos=[0.07, 0, -0.02], xyaxes=[0, 1, 0, 1, 0, 0], fovy=75)
        return spec


def _franky_assets() -> Path:
    """Folder of the model, found without an import of the package, which would load a robot server."""
    package = find_spec("franky_sim")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(
            "the simulation needs franky-sim for the robot's model: pip install -e '.[sim]' in the checkout"
        )
    return Path(package.origin).parent / "assets"


def _use_light_meshes(spec: mujoco.MjSpec) -> None:
    """Show the collision meshes, which a CPU renders 25 times faster than the visual meshes."""
    for geom in spec.geoms:
        if geom.classname.name == "visual" and geom.parent.name not in FINGER_BODIES:
            spec.delete(geom)
    shown = {geom.meshname for geom in spec.geoms if geom.meshname}
    for mesh in spec.meshes:
        if mesh.name not in shown:
            spec.delete(mesh)
    for geom in spec.geoms:
        geom.contype, geom.conaffinity = ROBOT_BIT, 0
        geom.group = 0
        geom.rgba = _DARK if geom.meshname in ("link3_coll", "link5_coll", "link7_coll") else _SHELL


def _set_fingers(spec: mujoco.MjSpec) -> None:
    """Give each finger two boxes for contacts, which are fast and stable; its meshes are only visible."""
    for name in FINGER_BODIES:
        finger = spec.body(name)
        for geom in finger.geoms:
            if geom.classname.name == "visual":
                geom.contype, geom.rgba = 0, _SHELL if geom.meshname == "finger_0" else _DARK
            else:
                spec.delete(geom)
        touching = {
            "type": mujoco.mjtGeom.mjGEOM_BOX,
            "contype": ROBOT_BIT,
            "conaffinity": 0,
            "group": 3,
            "mass": 0.0,
        }
        finger.add_geom(
            name=f"{name}_pad",
            pos=[0, 0.0045, 0.0445],
            size=[0.0085, 0.0045, 0.0085],
            friction=[1.5, 0.02, 0.0002],
            condim=4,
            solref=[0.004, 1.0],  # stiff: with the default the fingers sink 3 mm into an object
            **touching,
        )
        finger.add_geom(name=f"{name}_back", pos=[0, 0.0175, 0.018], size=[0.0105, 0.0095, 0.018], **touching)


def _set_joints(spec: mujoco.MjSpec) -> None:
    for body in spec.bodies:
        body.gravcomp = 1.0
    for joint in spec.joints:
        joint.frictionloss = 0.0  # the real arm's controller compensates for friction too
    for name, (stiffness, damping) in zip(Fr3.joints, _SERVO_GAINS, strict=True):
        servo = spec.actuator(name)
        servo.inheritrange = 0.0
        servo.gainprm[0] = stiffness
        servo.biasprm[1:3] = -stiffness, -damping
    hand = spec.actuator("hand")
    hand.inheritrange = 0.0
    hand.ctrlrange = 0.0, Fr3.finger_travel_m
    hand.gainprm[0] = _HAND_STIFFNESS_N_M
    hand.biasprm[1:3] = -_HAND_STIFFNESS_N_M, -_HAND_DAMPING_N_S_M
