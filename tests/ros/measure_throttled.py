"""What a robot's state at 1 kHz costs: `python tests/ros/measure_throttled.py` prints a JSON line a way.

The state is franka_msgs/FrankaRobotState from a process of its own. A node in the executor that all nodes
have hears it not at all, with each message decoded, and as robot_node does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
from fake_lab.generated import message_path

TOPIC = "robot_state"
RATE_HZ = 1000.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--publish", action="store_true", help="be the publisher")
    arguments = parser.parse_args()
    sys.path += message_path()
    if arguments.publish:
        publish()
        return
    publisher = subprocess.Popen([sys.executable, __file__, "--publish"])
    try:
        for name, way in (("not heard", unheard), ("decoded", decoded), ("throttled", throttled)):
            print(json.dumps({"state": name, **measured(way, arguments.seconds)}), flush=True)
    finally:
        publisher.kill()
        publisher.wait()


def publish() -> None:
    """A state a millisecond, as well as Python can."""
    import rclpy
    from rclpy.qos import QoSProfile

    rclpy.init()
    node = rclpy.create_node("broadcaster")
    states = node.create_publisher(kind(), TOPIC, QoSProfile(depth=10))
    state = filled()
    due_s = time.monotonic()
    while True:
        states.publish(state)
        state.time += 1.0  # counts them
        due_s = max(due_s + 1 / RATE_HZ, time.monotonic() - 0.1)
        time.sleep(max(0.0, due_s - time.monotonic()))


def kind() -> Any:
    from franka_msgs.msg import FrankaRobotState

    return FrankaRobotState


def filled() -> Any:
    """A state with the joints' names and values, as the broadcaster's."""
    state = kind()(robot_mode=2)
    for field in ("measured_joint_state", "desired_joint_state", "measured_joint_motor_state"):
        joints = getattr(state, field)
        joints.name = [f"fr3_joint{number}" for number in range(1, 8)]
        joints.position = joints.velocity = joints.effort = [0.1] * 7
    state.tau_ext_hat_filtered.name = [f"fr3_joint{number}" for number in range(1, 8)]
    state.tau_ext_hat_filtered.effort = [0.1] * 7
    return state


Way = Callable[[Any, Callable[[Any], None]], None]


def unheard(node: Any, heard: Callable[[Any], None]) -> None:
    pass


def decoded(node: Any, heard: Callable[[Any], None]) -> None:
    from ibrl_ros.ros.qos import SENSOR

    node.create_subscription(kind(), TOPIC, heard, SENSOR)


def throttled(node: Any, heard: Callable[[Any], None]) -> None:
    from ibrl_ros.ros.robot_mode import HEAR_EVERY_S
    from ibrl_ros.ros.throttled import subscribe_newest

    subscribe_newest(node, kind(), TOPIC, heard, HEAR_EVERY_S)


def measured(way: Way, seconds: float) -> dict[str, float]:
    """Processor time of this process, all its threads, while it does nothing else."""
    import rclpy

    from ibrl_ros.ros.executor import LeanExecutor

    rclpy.init()
    node, executor = rclpy.create_node("listener"), LeanExecutor()
    counts: list[float] = []
    way(node, lambda state: counts.append(state.time))
    executor.add_node(node)
    spinning = threading.Thread(target=executor.spin, daemon=True)
    spinning.start()
    time.sleep(3.0)  # until they have found each other
    counts.clear()
    before = os.times()
    time.sleep(seconds)
    after = os.times()
    share = (after.user + after.system - before.user - before.system) / (after.elapsed - before.elapsed)
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()
    spinning.join()
    return {
        "processor_share": round(share, 3),
        "published_hz": round((counts[-1] - counts[0]) / seconds, 1) if counts else 0.0,
        "decoded_hz": round(len(counts) / seconds, 1),
    }


if __name__ == "__main__":
    main()
