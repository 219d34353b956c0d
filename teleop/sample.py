"""What a device is told of the robot, and what it answers: the pose that is asked for, switches, words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose

_OPEN = 0.1  # a gripper at rest that isn't closed further than this is open


@dataclass(frozen=True, eq=False)
class RobotNow:
    """Where the robot is, and what it was told last in this episode.

    Attributes:
        prop: float32 [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed), as measured.
        state: float32 [S], the simulation's state; None on a robot.
        age_s: seconds since that was measured.
        goal: where the newest action leads; None before the first of an episode.
        closed: the gripper as last commanded, 0 open to 1 closed; None before the first command.
        steps: how many actions have been taken in this episode.
        on_the_way: from where to where the target was still to go when the robot was measured; None where
            it had arrived.
    """

    prop: NDArray[np.float32]
    state: NDArray[np.float32] | None = None
    age_s: float = 0.0
    goal: Pose | None = None
    closed: float | None = None
    steps: int = 0
    on_the_way: tuple[Pose, Pose] | None = None

    @property
    def measured(self) -> Pose:
        """Where it is."""
        return Pose.of(self.prop[:3].tolist(), self.prop[3:7].tolist())

    @property
    def commanded(self) -> Pose:
        """From where the next action is counted."""
        return self.measured if self.goal is None else self.goal

    @property
    def told_to_close(self) -> bool:
        """Whether the gripper has been told to close; it may hold something, however wide.

        The last command decides: fingers take a while, and stop at what they hold. The measured ones only
        where nothing was commanded yet.
        """
        return float(self.prop[7]) > _OPEN if self.closed is None else self.closed > 0.5


@dataclass(frozen=True, eq=False)
class TeleopSample:
    """One sample of a person's intent.

    Attributes:
        wanted: where the hand wants the robot to be, of whatever distance; None while it asks for nothing.
        closed: how far it wants the gripper closed, 0 to 1.
        deadman: the grip is squeezed, and counts; without it the person moves nothing.
        usable: the device is heard, tracked and sure of itself. So usable without deadman means that the grip
            is seen open; a link that broke, or a grip that doesn't count, is neither.
        enable: the enabling switch is held; true where the device has none.
        buttons: what the person says of the episode now, of buttons.EPISODE_WORDS.
        age_s: seconds since the hand was read.
    """

    wanted: Pose | None = None
    closed: float = 0.0
    deadman: bool = False
    usable: bool = False
    enable: bool = False
    buttons: frozenset[str] = frozenset()
    age_s: float = 0.0
