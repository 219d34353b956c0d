"""Input and output of a teleoperation device: the robot's state, and what the person asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.poses import Pose

_OPEN = 0.1  # a gripper at rest that isn't closed further than this is open


@dataclass(frozen=True, eq=False)
class RobotNow:
    """State of the robot, and its newest command in this episode.

    Attributes:
        prop: float32 [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed), as measured.
        state: float32 [S], the simulation's state; None on a robot.
        age_s: age of the measurement, s.
        goal: final pose of the newest action; None before the first action of an episode.
        closed: last command to the gripper, 0 open to 1 closed; None before the first.
        steps: number of actions taken in this episode.
        on_the_way: present and final pose of the target's motion when the robot was measured; None if the
            motion had ended.
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
        """Measured pose."""
        return Pose.of(self.prop[:3].tolist(), self.prop[3:7].tolist())

    @property
    def commanded(self) -> Pose:
        """The pose to which the next action is added."""
        return self.measured if self.goal is None else self.goal

    @property
    def told_to_close(self) -> bool:
        """Whether the gripper's last command was to close; it may hold something wide.

        Fingers take a while, and stop at what they hold, so the command decides. The measured fingers decide
        only before the first command.
        """
        return float(self.prop[7]) > _OPEN if self.closed is None else self.closed > 0.5


@dataclass(frozen=True, eq=False)
class TeleopSample:
    """What the person asks for at one time.

    Attributes:
        wanted: wanted pose of the robot, at any distance; None if the person asks for no motion.
        closed: wanted closing of the gripper, 0 to 1.
        deadman: the grip is squeezed and counts; without it the person doesn't move the robot.
        usable: the device is connected and tracked, and its deadman's state is certain. So usable without
            deadman means that the grip is open; with a broken link, or a grip that doesn't count, both are
            false.
        enable: the enabling switch is held; true if the device has none.
        buttons: words about the episode that are set now, of buttons.EPISODE_WORDS.
        age_s: age of the device's reading, s.
    """

    wanted: Pose | None = None
    closed: float = 0.0
    deadman: bool = False
    usable: bool = False
    enable: bool = False
    buttons: frozenset[str] = frozenset()
    age_s: float = 0.0
