"""The status of reset_node: the state of the run, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ibrl_ros.control.episode.machine import EpisodeCourse
from ibrl_ros.ros import names
from ibrl_ros.ros.statuses.status import Status


@dataclass(frozen=True, kw_only=True)
class EpisodeStatus(EpisodeCourse, Status):
    """The state of the run and of the newest episode.

    Attributes:
        waits_for: what the run waits for, for a person to read; empty if it does not wait.
        notice: notice for the person at the robot.
        resumed: number of times that a person let the policy continue after an interrupted takeover.
        stamp: time of the newest observation that was judged, s.
        auto: whether episodes start without a person, in simulation.
        rule_success: success of the newest episode according to the rule.
        truth_success: success of the newest episode according to the simulation; None on a robot.
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
