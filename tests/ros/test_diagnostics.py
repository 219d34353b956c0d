"""Each input's rate and age on /diagnostics, and STALE by name."""

from __future__ import annotations

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from spun_nodes import Nodes

from ibrl_ros.ros import names
from ibrl_ros.ros.diagnostics import Diagnostics, InputMonitor
from ibrl_ros.ros.qos import QUEUE
from ibrl_ros.ros.status import OK, STALE, status_values


def test_what_never_came_is_stale_and_named() -> None:
    status = InputMonitor("joint_states", stale_after_s=1.0).status("robot_node")
    assert (status.level, status.name) == (STALE, "robot_node: joint_states")
    assert "joint_states" in status.message
    assert status_values(status) == {"age_s": "inf"}


def test_what_stopped_coming_is_stale() -> None:
    monitor = InputMonitor("action", stale_after_s=1e6)
    for _ in range(3):
        monitor.arrived()
    status = monitor.status("robot_node")
    assert status.level == OK
    assert status_values(status).keys() == {"age_s", "rate_hz", "jitter_ms"}
    monitor.stale_after_s = 0.0
    assert monitor.status("robot_node").level == STALE


def test_a_node_tells_of_its_inputs_and_itself(nodes: Nodes) -> None:
    told: dict[str, DiagnosticStatus] = {}

    def heard(message: DiagnosticArray) -> None:
        told.update({status.name: status for status in message.status})

    diagnostics = Diagnostics(nodes.make("speaker"), lambda: {"ticks": 3})
    arriving, silent = diagnostics.watch("arriving", stale_after_s=1e6), diagnostics.watch("silent")
    arriving.arrived()
    nodes.make("listener").create_subscription(DiagnosticArray, names.DIAGNOSTICS, heard, QUEUE)
    nodes.spin_until(lambda: "speaker" in told)
    assert status_values(told["speaker"]) == {"ticks": "3"}
    assert told["speaker: arriving"].level == OK
    assert told["speaker: silent"].level == STALE
    assert silent.age_s == float("inf")
