"""`ibrl bench lockstep` through the real launch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from launches import PATIENCE_S


def test_steps_are_counted_and_the_launch_ends(configs: Path) -> None:
    command = [
        "-m",
        "ibrl_ros.cli",
        "bench",
        "lockstep",
        "--seconds",
        "3",
        "--agent",
        f"{configs}/state.yaml",
    ]
    ended = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=2 * PATIENCE_S)
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    measured = json.loads(line)
    assert measured["steps"] > 0 and measured["steps_per_s"] > 0
