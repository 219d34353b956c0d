"""What every simulated arm is: a model with its gripper, and where its joints are in a compiled world."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import ConfigError, RobotConfig
from ibrl_ros.config.sim import DEFAULT_ARM, SimArmConfig
from ibrl_ros.registers import ARMS

TCP_SITE = "tcp"
"""The tool centre point, between the fingertips: z along the fingers, which open along y."""

WRIST_CAMERA = "wrist"

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Addresses:
    """Where an arm is in a compiled model.

    Attributes:
        joints: intp [J], of the arm's joints in qpos.
        dofs: intp [J], of the arm's joints in qvel.
        servos: intp [J], of the joints' actuators in ctrl.
        fingers: intp [F], of the fingers' joints in qpos.
        finger_dofs: intp [F], of the fingers' joints in qvel.
        hand: of the fingers' actuator in ctrl.
        tcp: id of the tool centre point's site.
        pads: ids of the fingertips' geoms, one a finger.
        limits_rad: float64 [J, 2], lowest and highest position of the arm's joints.
    """

    joints: Indices
    dofs: Indices
    servos: Indices
    fingers: Indices
    finger_dofs: Indices
    hand: int
    tcp: int
    pads: tuple[int, ...]
    limits_rad: NDArray[np.float64]


class Arm(ABC):
    """An arm with a parallel gripper, described by the names that its model uses.

    Its joints turn; its fingers slide apart evenly, from 0 (closed) to `finger_travel_m`. Each joint has a
    position servo of the joint's name. The fingers share one, whose set point is the travel of a finger.

    Attributes:
        Config: the model of a robot's `sim` section.
        joints: names of the arm's joints, from the base on.
        fingers: names of the fingers' joints.
        hand: name of the fingers' actuator.
        pads: names of the geoms with which the fingers grasp, one a finger.
        ready_rad: the joints where the gripper points down in front of the arm, far from every limit.
        finger_travel_m: of one finger, from closed to open.
        finger_speed_m_s: the fastest that a finger's set point moves.
    """

    Config: ClassVar[type[SimArmConfig]] = SimArmConfig
    joints: ClassVar[tuple[str, ...]]
    fingers: ClassVar[tuple[str, ...]]
    hand: ClassVar[str] = "hand"
    pads: ClassVar[tuple[str, ...]]
    ready_rad: ClassVar[tuple[float, ...]]
    finger_travel_m: ClassVar[float]
    finger_speed_m_s: ClassVar[float]

    def __init__(self, config: SimArmConfig) -> None:
        """Takes the section `sim` of a robot's file."""
        self.config: Any = config

    @abstractmethod
    def spec(self) -> mujoco.MjSpec:
        """The arm on the origin, gravity compensated, with the site TCP_SITE and the camera WRIST_CAMERA."""

    def addresses(self, model: mujoco.MjModel) -> Addresses:
        """Where the arm is in a model that was compiled from its specification."""
        return Addresses(
            joints=_indices(model.joint(name).qposadr[0] for name in self.joints),
            dofs=_indices(model.joint(name).dofadr[0] for name in self.joints),
            servos=_indices(model.actuator(name).id for name in self.joints),
            fingers=_indices(model.joint(name).qposadr[0] for name in self.fingers),
            finger_dofs=_indices(model.joint(name).dofadr[0] for name in self.fingers),
            hand=model.actuator(self.hand).id,
            tcp=model.site(TCP_SITE).id,
            pads=tuple(model.geom(name).id for name in self.pads),
            limits_rad=np.array([model.joint(name).range for name in self.joints]),
        )


def create_arm(robot: RobotConfig | None = None) -> Arm:
    """The simulated arm of a robot's file, or the usual one.

    Raises:
        ConfigError: the file's fingers aren't those of the arm.
        ValueError: there is no such arm, or its packages aren't installed.
    """
    section = robot.sim if robot is not None and robot.sim is not None else SimArmConfig(arm=DEFAULT_ARM)
    arm: Arm = ARMS.find(section.arm)(section)
    if robot is not None and robot.interface == "sim":
        _require_fingers(robot, arm)
    return arm


def _require_fingers(robot: RobotConfig, arm: Arm) -> None:
    """Refuse a file by which the gripper's opening would be read wrongly."""
    wanted = set(arm.fingers), len(arm.fingers) * arm.finger_travel_m
    if (set(robot.gripper.joints), robot.gripper.open_position) != wanted:
        raise ConfigError(
            f"robot {robot.name!r}: gripper.joints and gripper.open_position of the simulated arm "
            f"{arm.config.arm} are {list(arm.fingers)} and {wanted[1]:g}"
        )


def _indices(values: Iterable[int]) -> Indices:
    return np.fromiter(values, np.intp)
