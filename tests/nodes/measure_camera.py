"""How steadily camera_node runs: `python tests/nodes/measure_camera.py` prints a JSON line for each source.

The sources are the SDK's software device, which also stalls and is pulled out, and a recording, at 30 Hz.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import rclpy

sys.path.insert(0, str(Path(__file__).parents[1]))
from camera_process import CameraProcess, Listener
from software_camera import SoftwareCamera
from spun_nodes import Nodes

RECORDED_FRAMES = 450


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(json.dumps({"source": "software device", **device(folder, seconds)}), flush=True)
        print(json.dumps({"source": "recording", **recording(folder, seconds)}), flush=True)


def device(folder: Path, seconds: float) -> dict[str, object]:
    camera, nodes, listener = started(folder)
    camera.tell("plug", "go")
    steady = flow(nodes, listener, seconds)
    camera.tell("halt")
    stalled_s = named(nodes, listener, "stalled") - listener.arrivals[-1]
    camera.tell("go")
    named(nodes, listener, "streaming")
    camera.tell("unplug")
    absent_s = named(nodes, listener, "absent") - listener.arrivals[-1]
    before = len(listener.images)
    camera.tell("plug", "go")
    named(nodes, listener, "streaming")
    nodes.spin_until(lambda: len(listener.images) > before + 30)
    times = {"stall_named_after_s": stalled_s, "unplugging_named_after_s": absent_s}
    return {
        **steady,
        **{key: round(value, 3) for key, value in times.items()},
        "monotone_to_the_end": monotone(listener),
        "exit_code": ended(camera, nodes),
    }


def recording(folder: Path, seconds: float) -> dict[str, object]:
    path = folder / "wrist.db3"
    made = SoftwareCamera()
    made.record(path, RECORDED_FRAMES)
    made.close()
    camera, nodes, listener = started(folder, f"source: {{kind: realsense, recording: {path}}}")
    return {**flow(nodes, listener, seconds), "exit_code": ended(camera, nodes)}


def started(folder: Path, config: str = "") -> tuple[CameraProcess, Nodes, Listener]:
    rclpy.init()
    nodes = Nodes()
    listener = nodes.make("listener", Listener, full=False)
    assert isinstance(listener, Listener)
    return CameraProcess(folder, config), nodes, listener


def ended(camera: CameraProcess, nodes: Nodes) -> int:
    nodes.close()
    rclpy.shutdown()
    return camera.end()


def flow(nodes: Nodes, listener: Listener, seconds: float) -> dict[str, object]:
    """What comes in `seconds` from the tenth picture on."""
    nodes.spin_until(lambda: len(listener.images) >= 10)
    first = len(listener.images) - 1
    end = listener.arrivals[first] + seconds
    while listener.arrivals[-1] < end:
        seen = len(listener.images)
        nodes.spin_until(lambda seen=seen: len(listener.images) > seen)
    arrivals, stamps = np.array(listener.arrivals[first:]), np.array(listener.stamps_s[first:])
    values = {pair.key: pair.value for pair in listener.told[-1].status.values}
    return {
        "seconds": round(float(arrivals[-1] - arrivals[0]), 1),
        "rate_hz": round((len(arrivals) - 1) / float(arrivals[-1] - arrivals[0]), 2),
        "longest_gap_ms": round(1e3 * float(np.diff(stamps).max()), 1),
        "monotone": monotone(listener),
        "stamp_error_ms": values.get("stamp_error_ms"),
    }


def monotone(listener: Listener) -> bool:
    return all(before < after for before, after in pairwise(listener.stamps_s))


def named(nodes: Nodes, listener: Listener, state: str) -> float:
    """When the node said that its camera is in this state, s on time.monotonic."""
    nodes.spin_until(lambda: listener.last.startswith(f"camera wrist {state}"))
    return listener.told[-1].at_s


if __name__ == "__main__":
    main()
