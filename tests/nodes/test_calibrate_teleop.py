"""calibrate_teleop as a process: a hand moves three times, and the file it writes is a configuration."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from fake_adb import FakeAdb, Headset
from quest_hand import QuestHand

from ibrl_ros.config import load_device

pytest.importorskip("adbutils")

MOTIONS_M = {"forward": (0.0, 0.0, -0.3), "left": (-0.3, 0.0, 0.0), "up": (0.0, 0.3, 0.0)}
LINES_S = 0.5  # dozens of lines and of the wizard's looks, even on a busy machine


def test_three_motions_make_a_configuration(tmp_path: Path) -> None:
    adb, hand, output = FakeAdb(), QuestHand(), tmp_path / "mine.yaml"
    adb.plug_in(Headset(line=hand.line))
    process = subprocess.Popen(
        [sys.executable, "-m", "ibrl_ros.nodes", "calibrate_teleop", "--output", output],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "ADB_SERVER_SOCKET": f"tcp:{adb.address}"},
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            direction = line.partition(":")[0]
            if direction in MOTIONS_M:
                move(hand, np.array(MOTIONS_M[direction]))
        assert process.wait(30) == 0
    finally:
        process.kill()
        adb.stop()
    assert load_device(str(output), "quest").model_dump()["axes"] == (-3, -1, 2)


def move(hand: QuestHand, way_m: np.ndarray) -> None:
    """Squeeze, move, release."""
    hand.grip = 1.0
    time.sleep(LINES_S)
    hand.position_m = hand.position_m + way_m
    time.sleep(LINES_S)
    hand.grip = 0.0
