"""A `ros2` command that runs, and how tests wait for it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROS2 = Path(sys.executable).parent / "ros2"
PATIENCE_S = 30.0


class Launched:
    """A `ros2` command that runs, with its output so far."""

    def __init__(self, log: Path, *args: str | Path, **popen_options: object) -> None:
        self._log = log
        with log.open("wb") as out:
            self.popen = subprocess.Popen(  # type: ignore[call-overload]
                [ROS2, *map(str, args)], stdout=out, stderr=subprocess.STDOUT, **popen_options
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        """Until `text` is in the output."""
        wait_until(lambda: text in self.output, lambda: f"{text!r} isn't in:\n{self.output}")

    def finish(self) -> int:
        """The exit status."""
        return self.popen.wait(PATIENCE_S)

    def pid_of(self, name: str) -> int:
        """The process id that `process started with pid` told of a child."""
        self.wait_for(f"[{name}]: process started with pid [")
        return int(self.output.split(f"[{name}]: process started with pid [")[1].split("]")[0])


def wait_until(condition: Callable[[], bool], explain: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
