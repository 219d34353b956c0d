"""Writes what it hears of a run to a file, a JSON line for each message, with monotonic times.

    python witness.py FILE

It has nothing to do with the run's nodes, and reads its messages with no code of theirs.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import rclpy
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState

STATUSES = ("episode/status", "policy/status", "robot/status", "learner/status")
ALL = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=200,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
)
BEST_EFFORT = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=200, reliability=ReliabilityPolicy.BEST_EFFORT
)


class Witness(Node):
    """Subscribes to statuses, executions and target poses."""

    def __init__(self, out: IO[str]) -> None:
        super().__init__("witness")
        self._out = out
        self._said: dict[str, dict[str, str]] = {}
        for topic in STATUSES:
            self.create_subscription(
                DiagnosticStatus, topic, lambda message, topic=topic: self._status(topic, message), ALL
            )
        self.create_subscription(JointState, "action/executed", self._executed, BEST_EFFORT)
        self.create_subscription(PoseStamped, "robot/target_pose", self._target, BEST_EFFORT)

    def _status(self, topic: str, message: DiagnosticStatus) -> None:
        """Write a status if it has changed."""
        values = {pair.key: pair.value for pair in message.values}
        if values != self._said.get(topic):
            self._said[topic] = values
            self._write(topic, **values, says=message.message)

    def _executed(self, message: JointState) -> None:
        values = dict(zip(message.name, message.position, strict=False))
        self._write("executed", **values)

    def _target(self, message: PoseStamped) -> None:
        stamp = message.header.stamp
        monotonic_s = stamp.sec + stamp.nanosec * 1e-9 - time.time() + time.monotonic()
        point = message.pose.position
        self._write(
            "target", stamp=monotonic_s, frame=message.header.frame_id, at=[point.x, point.y, point.z]
        )

    def _write(self, kind: str, **values: object) -> None:
        self._out.write(json.dumps({"t": time.monotonic(), "kind": kind, **values}) + "\n")
        self._out.flush()


def main() -> None:
    """Write until a signal comes."""
    rclpy.init()
    with Path(sys.argv[1]).open("w") as out, suppress(KeyboardInterrupt, ExternalShutdownException):
        rclpy.spin(Witness(out))


if __name__ == "__main__":
    main()
