"""What learner_node tells: how far learning is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import ERROR, OK, WARN
from ibrl_ros.ros.statuses.status import Status


class LearnerState(str, Enum):
    """What the learner does."""

    PREPARING = "preparing"
    LEARNING = "learning"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class LearnerStatus(Status):
    """How far learning is. What may be missing isn't known before it is prepared.

    Attributes:
        state: what it does.
        max_steps: environment steps to learn from.
        env_steps: those learned from.
        episodes: those learned from.
        failures: how many of them didn't succeed.
        updates: done.
        success_rate: of the recent episodes.
        bc_share: BC's share of the actions in these.
        version: of the newest weights.
        stored: episodes that are stored.
        stored_steps: environment steps in these.
        trouble: what the machine refuses at present, a full disk for example; empty while nothing is.
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
    trouble: str = ""

    @property
    def level(self) -> bytes:
        """An error if learning has failed, a warning in trouble."""
        if self.state is LearnerState.FAILED:
            return ERROR
        return WARN if self.trouble else OK
