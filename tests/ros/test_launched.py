"""Nodes end with the launch that started them; those that a person starts don't end with the shell."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ibrl_ros.ros.launched import LAUNCH_PID, START_DELAY

HERE = Path(__file__)
PATIENCE_S = 60.0
Started = tuple[subprocess.Popen[str], int]


@pytest.fixture
def start(ros_domain: int) -> Iterator[Callable[..., Started]]:
    """Starts a command below a process that stands for the launch: that process, and the command's id."""
    launches: list[subprocess.Popen[str]] = []
    pids: list[int] = []

    def starter(how: str, *command: str) -> Started:
        launch = subprocess.Popen(
            [sys.executable, HERE.with_name("starter.py"), how, *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        launches.append(launch)
        assert launch.stdout is not None
        pids.append(int(launch.stdout.readline()))
        return launch, pids[-1]

    yield starter
    for launch in launches:
        launch.kill()
        launch.communicate()
    for pid in pids:
        if runs(pid):
            os.kill(pid, signal.SIGKILL)


def hears(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler for the signal."""
    line = re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())
    return line is not None and bool(int(line[1], 16) >> (number - 1) & 1)


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(launch: subprocess.Popen[str], text: str) -> None:
    assert launch.stdout is not None
    assert any(text in line for line in launch.stdout)


def ends(pid: int) -> bool:
    """Whether the process ends in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    ended = bool(select.select([handle], [], [], PATIENCE_S)[0])
    os.close(handle)
    return ended


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_robot_node_ends_with_its_launch(start: Callable[..., Started], number: signal.Signals) -> None:
    launch, pid = start("launched", sys.executable, "-m", "ibrl_ros.nodes", "robot_node")
    wait_for(launch, "LeanExecutor")
    launch.send_signal(number)
    assert ends(pid)


def test_a_node_that_a_person_starts_lives_on(start: Callable[..., Started]) -> None:
    shell, pid = start("by_hand", sys.executable, "-m", "ibrl_ros.nodes", "robot_node")
    wait_for(shell, "LeanExecutor")
    shell.kill()
    shell.wait()
    assert runs(pid)
    os.kill(pid, signal.SIGINT)
    assert ends(pid)


def test_a_node_whose_launch_is_gone_when_it_begins_does_not_begin(ros_domain: int) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    ran = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.nodes", "robot_node"],
        env={**os.environ, LAUNCH_PID: str(gone.pid)}, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_prefix_between_launch_and_node_does_no_harm(start: Callable[..., Started]) -> None:
    """As `launch-prefix:='gdb --args'` puts one there."""
    command = f"{sys.executable} -m ibrl_ros.nodes robot_node & echo $!; wait"
    launch, _ = start("launched", "sh", "-c", command)
    assert launch.stdout is not None
    pid = int(launch.stdout.readline())
    wait_for(launch, "LeanExecutor")
    assert runs(pid)
    os.kill(pid, signal.SIGINT)
    assert ends(pid)


def test_a_node_waits_for_its_start_and_a_signal_ends_it_meanwhile(ros_domain: int, tmp_path: Path) -> None:
    (tmp_path / "rclpy.py").write_text("print('loading', flush=True)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "ibrl_ros.nodes", "robot_node"], cwd=tmp_path,
        env={**os.environ, START_DELAY: "3600"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE_S
    while not hears(process.pid, signal.SIGTERM):
        assert time.monotonic() < deadline, "it never gets ready for signals"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=PATIENCE_S) == ("", None)
    assert process.returncode == 0


def test_a_node_limits_the_pictures_that_opencv_reads_before_it_loads_opencv(
    ros_domain: int, tmp_path: Path
) -> None:
    said = (
        "import os, sys\nprint(os.environ['OPENCV_IO_MAX_IMAGE_PIXELS'], 'cv2' in sys.modules)\nos._exit(0)\n"
    )
    (tmp_path / "rclpy.py").write_text(said)
    command = [sys.executable, "-m", "ibrl_ros.nodes", "camera_node"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ended.stdout == f"{2**26} False\n", ended.stderr
