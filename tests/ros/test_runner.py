"""A node's process ends cleanly, whatever ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.client import Client
from spun_nodes import Nodes

from ibrl_ros.ros.distribution import rclpy_version
from ibrl_ros.ros.restarting import CRASHED

NODE = Path(__file__).with_name("loop_node.py")
TIMEOUT_S = 60
INFO = "[INFO]"


def start(how: str) -> subprocess.Popen[str]:
    command = [sys.executable, str(NODE), "--ros-args", "-p", f"how:={how}"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code, and what the node said that isn't for information only."""
    try:
        output, _ = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()  # one that hangs would be seen by other tests
    return process.returncode, "".join(line for line in output.splitlines(True) if INFO not in line)


def line(process: subprocess.Popen[str]) -> str:
    """The next line that isn't for information only."""
    assert process.stdout is not None
    return next(line for line in process.stdout if INFO not in line).strip()


@pytest.mark.parametrize(
    "signals",
    [
        [signal.SIGINT],
        [signal.SIGTERM],
        [signal.SIGINT, signal.SIGINT],
        [signal.SIGINT, signal.SIGTERM],
        [signal.SIGINT, signal.SIGTERM] * 500,  # one of them comes while another is being handled
    ],
    ids=lambda signals: f"{len(signals)} from {signals[0].name}",
)
@pytest.mark.parametrize("how", ["wait", "wait_in_one_thread"])
def test_signals_end_it_cleanly(ros_domain: int, signals: list[signal.Signals], how: str) -> None:
    process = start(how)
    assert line(process) == "running"
    for one in signals:
        process.send_signal(one)
    assert ended(process) == (0, "closed\n")


def test_a_signal_before_the_node_is_there_is_not_forgotten(ros_domain: int) -> None:
    process = start("slow_birth")
    assert line(process) == "being born"
    process.send_signal(signal.SIGINT)
    assert ended(process) == (0, "running\nclosed\n")


def test_what_a_person_can_put_right_has_no_traceback(ros_domain: int) -> None:
    for how in ("user_error", "user_error_at_birth"):
        code, output = ended(start(how))
        assert code == 1
        assert "plug it in" in output
        assert "Traceback" not in output


@pytest.mark.parametrize("how", ["fault", "callback_fails", "callback_fails_in_one_thread"])
def test_a_fault_of_ours_ends_it_with_a_traceback(ros_domain: int, how: str) -> None:
    code, output = ended(start(how))
    assert code == CRASHED, "so that its launch knows that no person has to correct anything"
    assert "ZeroDivisionError: a fault of ours" in output
    assert "closed" in output


@pytest.mark.parametrize(("how", "alone"), [("count", False), ("count_in_one_thread", True)])
def test_callbacks_run_beside_the_loop_or_in_its_thread_while_it_waits(
    ros_domain: int, how: str, alone: bool
) -> None:
    process = start(how)
    assert line(process) == "running"
    assert line(process) == f"while at work {int(not alone)}"
    assert line(process) == f"while waiting True False {alone}"
    process.send_signal(signal.SIGINT)
    assert ended(process) == (0, "closed\n")


def test_a_signal_while_a_node_loads_ends_it_silently(ros_domain: int, tmp_path: Path) -> None:
    """The moment is chosen by a module that the node imports first, and that takes its time."""
    (tmp_path / "rclpy.py").write_text("import time\nprint('loading', flush=True)\ntime.sleep(30)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "ibrl_ros.nodes", "robot_node"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert line(process) == "loading"
    process.send_signal(signal.SIGINT)
    assert ended(process) == (0, "")


def test_a_node_says_what_spins_it_on_which_ros(ros_domain: int) -> None:
    process = start("wait")
    assert process.stdout is not None
    said = next(line for line in process.stdout if INFO in line)
    process.send_signal(signal.SIGINT)
    ended(process)
    assert "LeanExecutor on ROS 2 " in said and f"rclpy {rclpy_version()}" in said


def test_parameters_cannot_be_set_while_a_node_runs(nodes: Nodes) -> None:
    process = start("wait")
    assert line(process) == "running"
    asking = nodes.make("asking")
    client: Client = asking.create_client(SetParameters, "some_node/set_parameters")
    nodes.spin_until(client.service_is_ready)
    value = ParameterValue(type=ParameterType.PARAMETER_STRING, string_value="fault")
    answer = client.call_async(SetParameters.Request(parameters=[Parameter(name="how", value=value)]))
    nodes.spin_until(answer.done)
    process.send_signal(signal.SIGINT)
    assert ended(process) == (0, "closed\n")
    (result,) = answer.result().results  # type: ignore[union-attr]
    assert not result.successful and "read-only" in result.reason
