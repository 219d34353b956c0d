"""Arm: the base class of simulated arms with a gripper, and their indices in a compiled model."""

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
    """Indices of an arm's parts in a compiled model.

    Attributes:
        joints: indices of the arm's joints in qpos, intp [J].
        dofs: indices of the arm's joints in qvel, intp [J].
        servos: indices of the joints' actuators in ctrl, intp [J].
        fingers: indices of the fingers' joints in qpos, intp [F].
        finger_dofs: indices of the fingers' joints in qvel, intp [F].
        hand: index of the fingers' actuator in ctrl.
        tcp: id of the tool centre point's site.
        pads: ids of the fingertips' geoms, one for each finger.
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

    The joints are hinges. The fingers slide apart evenly, from 0 (closed) to `finger_travel_m`. Each joint
    has a position servo of the same name. The fingers share a servo, whose set point is a finger's travel.

    Attributes:
        Config: model of a robot's `sim` section.
        joints: names of the arm's joints, from the base on.
        fingers: names of the fingers' joints.
        hand: name of the fingers' actuator.
        pads: names of the fingertips' geoms, one for each finger.
        ready_rad: joint positions with the gripper down in front of the arm, far from every limit, rad.
        finger_travel_m: travel of one finger from closed to open, m.
        finger_speed_m_s: largest speed of a finger's set point, m/s.
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
        """Store the section `sim` of a robot's file."""
        self.config: Any = config

    @abstractmethod
    def spec(self) -> mujoco.MjSpec:
        """Returns the arm at the origin, gravity compensated, with site TCP_SITE and camera WRIST_CAMERA."""

    def addresses(self, model: mujoco.MjModel) -> Addresses:
        """Returns the arm's indices in a model that was compiled from its specification."""
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
    """Returns the simulated arm of a robot's file; the arm DEFAULT_ARM without one.

    Raises:
        ConfigError: the file's fingers differ from the arm's.
        ValueError: the arm is unknown, or its packages aren't installed.
    """
    section = robot.sim if robot is not None and robot.sim is not None else SimArmConfig(arm=DEFAULT_ARM)
    arm: Arm = ARMS.find(section.arm)(section)
    if robot is not None and robot.interface == "sim":
        _require_fingers(robot, arm)
    return arm


def _require_fingers(robot: RobotConfig, arm: Arm) -> None:
    """Refuse a file whose fingers differ from the arm's: the gripper's opening would be wrong."""
    wanted = set(arm.fingers), len(arm.fingers) * arm.finger_travel_m
    if (set(robot.gripper.joints), robot.gripper.open_position) != wanted:
        raise ConfigError(
            f"robot {robot.name!r}: gripper.joints and gripper.open_position of the simulated arm "
            f"{arm.config.arm} are {list(arm.fingers)} and {wanted[1]:g}"
        )


def _indices(values: Iterable[int]) -> Indices:
    return np.fromiter(values, np.intp)
