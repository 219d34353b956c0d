"""The status of sim_node: the episode for which the scene is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.ros import names
from ibrl_ros.ros.status import ERROR, OK
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class SceneStatus(Status):
    """The present scene.

    Attributes:
        episode: index of the episode for which the scene is set.
        stamp: time at which the scene was set, s.
        fault: why the simulation can't continue; empty without a fault.
    """

    TOPIC: ClassVar[str] = names.SIM_SCENE
    NAME: ClassVar[str] = "sim/scene"

    episode: int
    stamp: float
    fault: str = ""

    @property
    def level(self) -> bytes:
        """ERROR if the simulation can't continue."""
        return ERROR if self.fault else OK
