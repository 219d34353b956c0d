"""`ibrl bench latency` through the real launch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from launches import PATIENCE_S


def test_latency_is_measured_beside_the_learner_and_the_launch_ends(configs: Path) -> None:
    agent = f"{configs}/pixels.yaml"
    command = ["-m", "ibrl_ros.cli", "bench", "latency", "--learner", "--seconds", "3", "--agent", agent]
    ended = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=2 * PATIENCE_S)
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    measured = json.loads(line)
    assert measured["actions"] > 0 and measured["ticks"] > 0 and measured["updates"] >= 0
    assert 0 < measured["latency_p50_ms"] <= measured["latency_p99_ms"] <= measured["latency_max_ms"]


def test_the_way_from_a_hand_is_measured(tmp_path: Path) -> None:
    command = ["-m", "ibrl_ros.cli", "bench", "latency", "--teleop", "--seconds", "3"]
    ended = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=PATIENCE_S, cwd=tmp_path
    )
    assert ended.returncode == 0, ended.stderr
    measured = json.loads(ended.stdout)
    assert measured["teleop"] == "scripted" and measured["followed"] > 0
    assert 0 < measured["hand_latency_p50_ms"] <= measured["hand_latency_p99_ms"]
