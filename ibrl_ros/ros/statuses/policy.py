"""What policy_node tells: whether the next episode may start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import OK, WARN
from ibrl_ros.ros.statuses.status import Status


class PolicyState(str, Enum):
    """Whether whoever acts can."""

    WAITING = "waiting"
    READY = "ready"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class PolicyStatus(Status):
    """Whether the next episode may start; if not, `says` tells what it waits for.

    Attributes:
        state: whether whoever acts can.
        handled: id of the newest episode whose end was taken in; empty before the first.
        next_episode: index of the next episode; None until it is known.
    """

    TOPIC: ClassVar[str] = names.POLICY_STATUS
    NAME: ClassVar[str] = "policy"

    state: PolicyState
    handled: str = ""
    next_episode: int | None = None

    @property
    def level(self) -> bytes:
        """A warning while it waits."""
        return WARN if self.state is PolicyState.WAITING else OK
