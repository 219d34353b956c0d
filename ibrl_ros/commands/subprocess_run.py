"""Runs a launch as a child: its output as it comes, one signal passed on, nothing left behind."""

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
#: A launch takes up to 10 s to end its nodes by force.
GRACE_S = 20.0
_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl
_ANSI = re.compile(rb"\x1b\[[0-9;]*m")


class Interrupted(Exception):
    """A signal asked for the end, and the child has ended.

    Attributes:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class Child:
    """A process in a session of its own, so that a terminal's Ctrl-C reaches it only through us, and once."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], shown_on: BinaryIO | None = None
    ) -> None:
        """Start nothing yet.

        Args:
            command: the executable and its arguments.
            environment: all of the child's environment; its PATH is searched.
            shown_on: where its output is shown; None for our stdout.
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
        """Run to the end, showing the output as it comes.

        Returns:
            The exit status.

        Raises:
            Interrupted: after SIGINT, SIGTERM or SIGHUP, when the child has ended.
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
            if self._signal is not None:  # it came while the child was being started
                self._stop(process)
            reader = threading.Thread(target=self._show_output, args=(process,))
            reader.start()
            process.wait()
            if self._killer is not None:
                self._killer.cancel()
            _kill_group(process)  # whatever it has left behind, which may hold the output open
            reader.join()
        if self._signal is not None:
            raise Interrupted(self._signal)
        return process.returncode

    def stop(self) -> None:
        """Have a child that runs end, as Ctrl-C in its terminal would; from any thread."""
        if self._process is not None and self._process.poll() is None:
            self._stop(self._process)

    def reason(self) -> str:
        """What the child's last words say about a failure; empty if nothing."""
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
        except BrokenPipeError:  # nobody reads any more
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
    """What a child does before it begins: have the kernel send it that signal should we be killed."""
    parent = os.getpid()

    def before_exec() -> None:
        _prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it went before the line above
            os._exit(1)

    return before_exec


def own_tools_first(environment: dict[str, str]) -> dict[str, str]:
    """The environment with the commands beside this Python before all others."""
    path = [str(Path(sys.executable).parent), environment.get("PATH", os.defpath)]
    return {**environment, "PATH": os.pathsep.join(path)}
