"""`ibrl bench lockstep`: measures the steps per second of all nodes together in lockstep."""

from __future__ import annotations

import argparse
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from ibrl_ros.commands.bench_launch import report_launch

if TYPE_CHECKING:
    from ibrl_ros.ros.diagnostics_listener import DiagnosticValues

POLL_S = 0.005


class Progress(NamedTuple):
    """A report of the simulation: time of arrival (s), steps and episode so far."""

    at_s: float
    steps: int
    episode: int


def run(args: argparse.Namespace) -> int:
    """Measure and print one JSON line. The time between episodes is included.

    Returns:
        0; 1 if the launch ended before it was measured; 128 + the signal's number after a signal.

    Raises:
        ConfigError: no such agent.
    """

    def between(values: DiagnosticValues, ended: threading.Event) -> dict[str, float] | None:
        first = next_progress(values, ended)
        ended.wait(args.seconds)
        last = next_progress(values, ended)
        return None if first is None or last is None else numbers(first, last)

    return report_launch(args, "lockstep", stepping, between)


def stepping(values: DiagnosticValues) -> bool:
    """Whether the simulation has taken a step."""
    return int(values.get("sim_node", {}).get("steps", 0)) > 0


def next_progress(values: DiagnosticValues, ended: threading.Event) -> Progress | None:
    """Wait for the simulation's next report and return it; None if the launch ends first."""
    before = values["sim_node"]
    while values["sim_node"] is before:
        if ended.wait(POLL_S):
            return None
    status = values["sim_node"]
    return Progress(time.monotonic(), int(status["steps"]), int(status["episode"]))


def numbers(first: Progress, last: Progress) -> dict[str, float]:
    """Steps, episodes and steps per second between two reports."""
    steps = last.steps - first.steps
    return {
        "steps": steps,
        "episodes": last.episode - first.episode,
        "steps_per_s": round(steps / (last.at_s - first.at_s), 1),
    }
