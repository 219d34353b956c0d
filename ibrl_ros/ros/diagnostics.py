"""Publishes rate, jitter and age of a node's inputs on /diagnostics, once a second."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node

from ibrl_ros.ros import names
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.ros.status import OK, STALE, status_message

WINDOW = 100


class InputMonitor:
    """Arrival times of one input. Its age counts from the arrival, not from the message's stamp."""

    def __init__(self, name: str, stale_after_s: float) -> None:
        self.name = name
        self.stale_after_s = stale_after_s
        self._arrivals: deque[float] = deque(maxlen=WINDOW)

    def arrived(self) -> None:
        """Record an arrival at the present time."""
        self._arrivals.append(time.monotonic())

    @property
    def age_s(self) -> float:
        """Seconds since the last arrival; infinite before the first."""
        return time.monotonic() - self._arrivals[-1] if self._arrivals else float("inf")

    def status(self, prefix: str) -> DiagnosticStatus:
        """The status with rate (Hz), jitter (standard deviation of the period, ms) and age (s)."""
        periods = np.diff(np.array(self._arrivals.copy()))  # a copy, as another thread may append
        values = {"age_s": f"{self.age_s:.3f}"}
        if len(periods):
            values["rate_hz"] = f"{1.0 / max(float(periods.mean()), 1e-9):.1f}"
            values["jitter_ms"] = f"{1e3 * float(periods.std()):.2f}"
        stale = self.age_s > self.stale_after_s
        message = f"{self.name}: no message for {self.age_s:.1f} s" if stale else "arriving"
        return status_message(f"{prefix}: {self.name}", values, message, STALE if stale else OK)


class Diagnostics:
    """Publishes a node's diagnostics: one status for each input, and one for the node."""

    def __init__(self, node: Node, extra: Callable[[], Mapping[str, object]] | None = None) -> None:
        self._node = node
        self._inputs: list[InputMonitor] = []
        self._extra = extra
        self._level, self._message = OK, ""
        self._publisher = node.create_publisher(DiagnosticArray, names.DIAGNOSTICS, COMMAND)
        node.create_timer(1.0, self._publish)

    def watch(self, name: str, stale_after_s: float = 1.0) -> InputMonitor:
        """Create the monitor of an input.

        Args:
            name: name of the input, for example its topic.
            stale_after_s: age from which the input counts as stale, s.
        """
        monitor = InputMonitor(name, stale_after_s)
        self._inputs.append(monitor)
        return monitor

    def tell(self, level: bytes, message: str) -> None:
        """Set level and message of the node's status, and publish it now."""
        self._level, self._message = level, message
        self._publish()

    def _publish(self) -> None:
        # Without the slash in front, as tools for diagnostics show it: robot_node, or left/robot_node.
        prefix = self._node.get_fully_qualified_name().removeprefix("/")
        array = DiagnosticArray(status=[monitor.status(prefix) for monitor in self._inputs])
        if self._extra is not None:
            array.status.append(status_message(prefix, self._extra(), self._message, self._level))
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)
