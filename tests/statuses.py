"""Statuses for tests that care about a few of their values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ibrl_ros.control.episode.machine import EpisodeMachine
from ibrl_ros.ros.statuses import EpisodeStatus


def episode_status(**values: Any) -> EpisodeStatus:
    """What reset_node tells as a run begins, but for these values."""
    begun = EpisodeStatus(
        **vars(EpisodeMachine(0, 10).course()),
        waits_for="",
        notice="",
        resumed=0,
        stamp=0.0,
        auto=False,
        rule_success=False,
    )
    return replace(begun, **values)
