"""`ibrl bench lockstep`: how many steps a second all nodes take together, each waiting for the others."""

from __future__ import annotations

import argparse
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from ibrl_ros.commands.bench_launch import report_launch

if TYPE_CHECKING:
    from ibrl_ros.ros.diagnostics_listener import Heard

POLL_S = 0.005


class Moment(NamedTuple):
    """When the simulation told how far it was."""

    at_s: float
    steps: int
    episode: int


def run(args: argparse.Namespace) -> int:
    """Measure and print one JSON line: what lies between the episodes is counted in.

    Returns:
        0, or 1 when the launch ended before it was measured; 128 + number after a signal.

    Raises:
        ConfigError: no such agent.
    """

    def between(heard: Heard, ended: threading.Event) -> dict[str, float] | None:
        first = next_moment(heard, ended)
        ended.wait(args.seconds)
        last = next_moment(heard, ended)
        return None if first is None or last is None else numbers(first, last)

    return report_launch(args, "lockstep", stepping, between)


def stepping(heard: Heard) -> bool:
    """Whether the simulation has taken a step."""
    return int(heard.get("sim_node", {}).get("steps", 0)) > 0


def next_moment(heard: Heard, ended: threading.Event) -> Moment | None:
    """The next time that the simulation tells how far it is; None if the launch ends before."""
    before = heard["sim_node"]
    while heard["sim_node"] is before:
        if ended.wait(POLL_S):
            return None
    told = heard["sim_node"]
    return Moment(time.monotonic(), int(told["steps"]), int(told["episode"]))


def numbers(first: Moment, last: Moment) -> dict[str, float]:
    """Steps and episodes between two moments, and steps a second."""
    steps = last.steps - first.steps
    return {
        "steps": steps,
        "episodes": last.episode - first.episode,
        "steps_per_s": round(steps / (last.at_s - first.at_s), 1),
    }
