"""One child process: start, prefix its output, and stop it by SIGINT, then SIGTERM, then SIGKILL."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pty
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from . import log

# Loaded before any fork: a child must not import between fork and exec.
_prctl = ctypes.CDLL(None, use_errno=True).prctl
_PR_SET_PDEATHSIG = 1
_READERS_GRACE_S = 1.0
# output= of a process -> for its stdout and its stderr: (on the screen, in launch.log)
OUTPUTS = {
    "screen": ((True, False), (True, False)),
    "log": ((False, True), (True, True)),
    "both": ((True, True), (True, True)),
}


@dataclass
class Child:
    """A child process of the launcher.

    Attributes:
        name: `exe-1`, the prefix of its lines.
        cmd: Program and arguments; a single string if `shell`.
        env: Its whole environment.
        cwd: Its working directory; None for the launcher's.
        shell: Run `cmd` with /bin/sh.
        emulate_tty: Give it a pseudo-terminal for output, so that it doesn't buffer its lines.
        output: `screen`, `log` or `both`; a key of OUTPUTS.
        sigterm_timeout: Seconds from SIGINT to SIGTERM.
        sigkill_timeout: Seconds from SIGTERM to SIGKILL.
        post: Hands a function to the launcher's main thread.
        on_exit: Called on the main thread with the return code, negative for a signal, None if it never ran.
    """

    name: str
    cmd: list[str] | str
    env: dict[str, str]
    cwd: str | None
    shell: bool
    emulate_tty: bool
    output: str
    sigterm_timeout: float
    sigkill_timeout: float
    post: Callable[[Callable[[], None]], None]
    on_exit: Callable[[int | None], None]
    popen: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Start the process. Called on the main thread: the kernel ties the child's life to that thread."""
        ours, theirs = _open_streams(self.emulate_tty)
        try:
            self.popen = subprocess.Popen(
                self.cmd,
                stdin=subprocess.DEVNULL,
                stdout=theirs[0],
                stderr=theirs[1],
                env=self.env,
                cwd=self.cwd,
                shell=self.shell,
                preexec_fn=_tie_to(os.getpid()),
            )
        except OSError as error:
            for stream in ours:
                stream.close()
            log.message("ERROR", self.name, f"exception occurred while executing process: {error}")
            self.on_exit(None)
            return
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        log.message("INFO", self.name, f"process started with pid [{self.popen.pid}]")
        readers = [
            threading.Thread(target=self._read, args=(stream, *where), daemon=True)
            for stream, where in zip(ours, OUTPUTS[self.output], strict=True)
        ]
        threading.Thread(target=self._wait, args=(self.popen, readers), daemon=True).start()

    def stop(self, *, send_sigint: bool) -> None:
        """Begin the shutdown; `send_sigint` is False where the child has had its SIGINT from the terminal."""
        if send_sigint:
            self._send(signal.SIGINT)
        self._later(self.sigterm_timeout, self._escalate_to_sigterm)

    def _escalate_to_sigterm(self) -> None:
        self._escalate("SIGINT", signal.SIGTERM, self.sigterm_timeout)
        self._later(self.sigkill_timeout, self._escalate_to_sigkill)

    def _escalate_to_sigkill(self) -> None:
        self._escalate("SIGTERM", signal.SIGKILL, self.sigkill_timeout)

    def _escalate(self, ignored: str, signum: signal.Signals, waited_s: float) -> None:
        if self._running():
            log.message(
                "ERROR",
                self.name,
                f"process[{self.name}] failed to terminate '{waited_s:g}' seconds after receiving "
                f"'{ignored}', escalating to '{signum.name}'",
            )
            self._send(signum)

    def _later(self, delay_s: float, function: Callable[[], None]) -> None:
        timer = threading.Timer(delay_s, self.post, [function])
        timer.daemon = True
        timer.start()

    def _send(self, signum: signal.Signals) -> None:
        if self.popen is not None and self._running():
            log.message("INFO", self.name, f"sending signal '{signum.name}' to process[{self.name}]")
            self.popen.send_signal(signum)

    def _running(self) -> bool:
        return self.popen is not None and self.popen.poll() is None

    def _read(self, stream: IO[bytes], screen: bool, logged: bool) -> None:
        # A pseudo-terminal reports its end as EIO.
        with stream, contextlib.suppress(OSError):
            for line in stream:
                text = line.decode(errors="replace").rstrip("\r\n")
                log.write(f"[{self.name}] {text}", screen=screen, log=logged)

    def _wait(self, popen: subprocess.Popen[bytes], readers: list[threading.Thread]) -> None:
        for reader in readers:
            reader.start()
        code = popen.wait()
        for reader in readers:  # a grandchild may hold the pipe open for ever
            reader.join(_READERS_GRACE_S)
        self.post(lambda: self._exited(popen.pid, code))

    def _exited(self, pid: int, code: int) -> None:
        if code == 0:
            log.message("INFO", self.name, f"process has finished cleanly [pid {pid}]")
        else:
            cmd = self.cmd if isinstance(self.cmd, str) else " ".join(self.cmd)
            log.message("ERROR", self.name, f"process has died [pid {pid}, exit code {code}, cmd '{cmd}'].")
        self.on_exit(code)


def _open_streams(tty: bool) -> tuple[list[IO[bytes]], list[int]]:
    """Our ends of stdout and stderr as readable files, and the child's ends as descriptors."""
    ours: list[IO[bytes]] = []
    theirs = []
    for _ in ("stdout", "stderr"):
        read, write = pty.openpty() if tty else os.pipe()
        ours.append(os.fdopen(read, "rb"))
        theirs.append(write)
    return ours, theirs


def _tie_to(parent: int) -> Callable[[], None]:
    """What the child does between fork and exec.

    It doesn't inherit the launcher's blocked signals, and dies with the launcher, even if that is killed.
    """

    def between_fork_and_exec() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:  # it went before the line above
            os.kill(os.getpid(), signal.SIGKILL)

    return between_fork_and_exec
