"""Runs a launch as a subprocess: shows its output, passes a signal on once, and ends all its processes."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: A launch needs up to 10 s to kill its nodes; this is longer.
GRACE_S = 20.0
_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl
_ANSI = re.compile(rb"\x1b\[[0-9;]*m")


class Interrupted(Exception):
    """A signal came, and the subprocess has ended.

    Attributes:
        number: number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Child:
    """A subprocess in its own session: Ctrl-C in the terminal reaches it once, through this process."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], shown_on: BinaryIO | None = None
    ) -> None:
        """Prepare a subprocess; `run` starts it.

        Args:
            command: executable and arguments.
            environment: complete environment of the subprocess; the executable is searched in its PATH.
            shown_on: stream for the output; None for stdout.
        """
        self._command = command
        self._environment = environment
        self._shown_on = shown_on or sys.stdout.buffer
        self._process: subprocess.Popen[bytes] | None = None
        self._signal: int | None = None
        self._killer: threading.Timer | None = None
        self._fatal: list[str] = []
        self._errors: list[str] = []

    def run(self) -> int:
        """Run the subprocess to its end, and show its output meanwhile.

        Returns:
            The exit status.

        Raises:
            Interrupted: after SIGINT, SIGTERM or SIGHUP, when the subprocess has ended.
            FileNotFoundError: no such command.
        """
        path = self._environment.get("PATH")
        executable = shutil.which(self._command[0], path=path)
        if executable is None:
            raise FileNotFoundError(f"no {self._command[0]} command in {path}")
        with self._signals():
            process = self._process = subprocess.Popen(
                [executable, *self._command[1:]],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGINT),
            )
            if self._signal is not None:  # the signal came while the subprocess started
                self._stop(process)
            reader = threading.Thread(target=self._show_output, args=(process,))
            reader.start()
            process.wait()
            if self._killer is not None:
                self._killer.cancel()
            _kill_group(process)  # processes that it left running may keep the output open
            reader.join()
        if self._signal is not None:
            raise Interrupted(self._signal)
        return process.returncode

    def stop(self) -> None:
        """Send SIGINT to the running subprocess, as Ctrl-C does. May be called from any thread."""
        if self._process is not None and self._process.poll() is None:
            self._stop(self._process)

    def reason(self) -> str:
        """The subprocess's FATAL lines, else its last ERROR lines; empty if there are none."""
        return "\n".join(self._fatal or self._errors[-3:])

    def _show_output(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._show(line, process)
            text = _ANSI.sub(b"", line).decode(errors="replace").rstrip()
            if "[FATAL]" in text:
                self._fatal.append(text)
            elif "[ERROR]" in text:
                self._errors.append(text)

    def _show(self, line: bytes, process: subprocess.Popen[bytes]) -> None:
        try:
            self._shown_on.write(line)
            self._shown_on.flush()
        except BrokenPipeError:  # the reader of the output has ended
            self._stop(process)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._signal is None:
            self._signal = number
            if self._process is not None:
                self._stop(self._process)

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        if self._killer is not None:
            return
        process.send_signal(signal.SIGINT)
        self._killer = threading.Timer(GRACE_S, _kill_group, [process])
        self._killer.start()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """The preexec_fn of a subprocess: the kernel sends it this signal when the parent process ends."""
    parent = os.getpid()

    def before_exec() -> None:
        _prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the call above
            os._exit(1)

    return before_exec


def own_tools_first(environment: dict[str, str]) -> dict[str, str]:
    """The environment with the folder of this Python first in PATH."""
    path = [str(Path(sys.executable).parent), environment.get("PATH", os.defpath)]
    return {**environment, "PATH": os.pathsep.join(path)}
