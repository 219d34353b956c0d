"""What sim_node tells: for which episode the scene is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import ERROR, OK
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class SceneStatus(Status):
    """The scene that stands.

    Attributes:
        episode: index of the episode that it is of.
        stamp: when it was set, s.
        fault: why the simulation can't go on with it; empty while it can.
    """

    TOPIC: ClassVar[str] = names.SIM_SCENE
    NAME: ClassVar[str] = "sim/scene"

    episode: int
    stamp: float
    fault: str = ""

    @property
    def level(self) -> bytes:
        """An error if the simulation can't go on."""
        return ERROR if self.fault else OK
