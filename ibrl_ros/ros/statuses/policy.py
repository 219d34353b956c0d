"""The status of policy_node: whether the next episode may start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import OK, WARN
from ibrl_ros.ros.statuses.status import Status


class PolicyState(str, Enum):
    """Whether the source of the actions (policy or person) is ready."""

    WAITING = "waiting"
    READY = "ready"
    FINISHED = "finished"


@dataclass(frozen=True, kw_only=True)
class PolicyStatus(Status):
    """Whether the next episode may start; `says` is what it waits for.

    Attributes:
        state: whether the source of the actions (policy or person) is ready.
        handled: id of the newest episode that policy_node has finished; empty before the first.
        next_episode: index of the next episode; None if unknown.
        demos: number of demonstrations to send to a learner on another machine; None if there is none there.
        robot: name that the learner calls this robot by; empty if it is the only one.
    """

    TOPIC: ClassVar[str] = names.POLICY_STATUS
    NAME: ClassVar[str] = "policy"

    state: PolicyState
    handled: str = ""
    next_episode: int | None = None
    demos: int | None = None
    robot: str = ""

    @property
    def level(self) -> bytes:
        """WARN while the node waits."""
        return WARN if self.state is PolicyState.WAITING else OK
