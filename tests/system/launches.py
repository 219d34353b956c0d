"""Launch files running in real processes, and what tests ask of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROS2 = Path(sys.prefix) / "bin" / "ros2"
PATIENCE_S = 120.0

NUM_DEMOS = 2
EPISODE_STEPS = 30
MAX_STEPS = 240
# For a robot's `safety`: a machine on which other tests run makes nodes wait; the gate is tested elsewhere.
PATIENT = {"max_state_age_s": 5.0, "max_action_age_s": 5.0, "silence_s": 5.0, "max_joints_age_s": 5.0}
_STARTED = re.compile(r"\[(\w+)-\d+\]: process started with pid \[(\d+)\]")


class Launch:
    """A `ros2` command that runs in a folder, with its output so far.

    Args:
        folder: of its output, and where it runs.
        command: words after `ros2`.
        inside: a command that runs the command, in a network of its own for example.
        environment: variables beside those of this process.
    """

    def __init__(
        self,
        folder: Path,
        *command: str,
        inside: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / f"output_{len(list(folder.glob('output_*')))}.txt"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [*inside, ROS2, *command], stdout=out, stderr=subprocess.STDOUT, cwd=folder,
                start_new_session=True, env={**os.environ, **(environment or {})},
            )  # fmt: skip

    @property
    def output(self) -> str:
        """What all processes have said so far."""
        return self._log.read_text(errors="replace")

    @property
    def pids(self) -> dict[str, int]:
        """Process id of each node."""
        return {name: int(pid) for name, pid in _STARTED.findall(self.output)}

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Until the regular expression is found in the output, and so may the launch still run."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            ended = self.process.poll() is not None
            match = re.search(pattern, self.output)
            if match:
                return match
            assert not ended, f"ended without {pattern!r}:\n{self.output}"
            assert time.monotonic() < deadline, f"no {pattern!r}:\n{self.output}"
            time.sleep(0.05)

    def interrupt(self) -> None:
        """What Ctrl-C does to the launch."""
        self.process.send_signal(signal.SIGINT)

    def finish(self) -> str:
        """Wait for the end of the launch and of all its processes; the output."""
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it doesn't end:\n{self.output}") from None
        left = {name: pid for name, pid in self.pids.items() if Path(f"/proc/{pid}").exists()}
        assert not left, f"still running: {left}\n{self.output}"
        assert code in (0, 1), self.output
        return self.output

    def end(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process.poll() is None:
            self.interrupt()
            try:
                self.process.wait(20.0)
            except subprocess.TimeoutExpired:
                self.process.kill()


def wait_until(condition: Callable[[], bool], explain: Callable[[], str]) -> None:
    """Until the condition holds; fails with the explanation when that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


#: Starts a launch file, see conftest.start.
Start = Callable[..., Launch]
