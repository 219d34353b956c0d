"""What reset_node tells: where the run is, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.control.episode.machine import EpisodeCourse
from ibrl_ros.ros import names
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class EpisodeStatus(EpisodeCourse, Status):
    """The course of the run, and how those beside it take part in it.

    Attributes:
        waits_for: what the run waits for, for a person to read; empty while it waits for nobody.
        notice: what a person beside the robot should know now.
        resumed: how often a person has let the policy go on after a takeover that broke off.
        stamp: time of the newest reading that was judged, s.
        auto: nobody is asked, in simulation.
        rule_success: what the rule says of the newest episode.
        truth_success: what the simulation says of it; None where there is none.
    """

    TOPIC: ClassVar[str] = names.EPISODE_STATUS
    NAME: ClassVar[str] = "episode"

    waits_for: str
    notice: str
    resumed: int
    stamp: float
    auto: bool
    rule_success: bool
    truth_success: bool | None = None
