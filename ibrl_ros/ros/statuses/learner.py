"""The status of learner_node: the progress of learning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, NamedTuple

from ibrl_ros.ros import names
from ibrl_ros.ros.status import ERROR, OK, WARN
from ibrl_ros.ros.statuses.status import Status


class LearnerState(str, Enum):
    """State of the learner."""

    PREPARING = "preparing"
    LEARNING = "learning"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class RobotProgress(NamedTuple):
    """The share of one of several robots.

    Attributes:
        name: name of the robot.
        env_steps: environment steps learned from so far.
        episodes: episodes learned from so far.
        failures: number of these episodes that did not succeed.
        success_rate: share of successes among its recent episodes.
        stored: number of stored episodes.
        present: whether its policy_node is there.
    """

    name: str
    env_steps: int
    episodes: int
    failures: int
    success_rate: float
    stored: int
    present: bool


@dataclass(frozen=True, kw_only=True)
class LearnerStatus(Status):
    """The progress of learning. Keys that may be missing are unknown while the learner is preparing.

    The numbers are those of all robots together. Only `stored` is that of the robot to which it is published.

    Attributes:
        state: state of the learner.
        max_steps: environment steps of the whole training.
        env_steps: environment steps learned from so far.
        episodes: episodes learned from so far.
        failures: number of these episodes that did not succeed.
        updates: number of updates so far.
        success_rate: share of successes among the recent episodes.
        bc_share: share of BC's actions in the recent episodes.
        version: version of the newest weights.
        stored: number of stored episodes.
        stored_steps: environment steps in the stored episodes.
        device: device of the training: "cpu", or a GPU with its name.
        trouble: present fault of the machine, for example a full disk; empty without a fault.
        robot: name of the robot to which this is published; empty if it is the only one.
        robots: share of each of several robots, in the order of their names; None if there is one.
    """

    TOPIC: ClassVar[str] = names.LEARNER_STATUS
    NAME: ClassVar[str] = "learner"

    state: LearnerState
    max_steps: int
    env_steps: int | None = None
    episodes: int | None = None
    failures: int | None = None
    updates: int | None = None
    success_rate: float | None = None
    bc_share: float | None = None
    version: int | None = None
    stored: int | None = None
    stored_steps: int | None = None
    device: str = ""
    trouble: str = ""
    robot: str = ""
    robots: tuple[RobotProgress, ...] | None = None

    @property
    def level(self) -> bytes:
        """ERROR if learning has failed, WARN if the machine has a fault."""
        if self.state is LearnerState.FAILED:
            return ERROR
        return WARN if self.trouble else OK
