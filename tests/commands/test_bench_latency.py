from __future__ import annotations

from argparse import Namespace

import pytest

from ibrl_ros.commands.bench_latency import numbers, run
from ibrl_ros.config import ConfigError


def test_an_agent_that_sees_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="small_state uses no cameras"):
        run(Namespace(agent="small_state", teleop=False))


def test_the_measured_values_are_picked_from_the_diagnostics() -> None:
    heard = {
        "robot_node": {
            "armed": "True",
            "why": "",
            "actions": "580",
            "latency_p99_ms": "41.50",
            "followed": "30",
            "hand_latency_p50_ms": "25.00",
        },
        "robot_node: action": {"rate_hz": "10.0"},
        "policy_node": {"ticks": "600", "skipped": "0", "lateness_p99_ms": "0.30"},
    }
    assert numbers(heard) == {
        "actions": 580, "latency_p99_ms": 41.5, "followed": 30, "hand_latency_p50_ms": 25,
        "ticks": 600, "skipped": 0, "lateness_p99_ms": 0.3,
    }  # fmt: skip
    assert numbers({**heard, "learner_node": {"updates": "120", "bc_share": "0.5"}})["updates"] == 120
