"""Runs a launch description until all its processes have ended."""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Sequence

from ros2_lite import log

from .action import LaunchDescriptionEntity, visit_all
from .launch_context import LaunchContext

# si_code of a signal that the kernel sent, here the terminal driver on Ctrl-C; a `kill` has another.
_SI_KERNEL = 0x80


class LaunchService:
    """Runs launch descriptions. Use it once in a process, on the main thread.

    The children stay in the launcher's process group, as with genuine launch. So a Ctrl-C reaches them from
    the terminal, and only then the launcher doesn't send them a SIGINT of its own.
    """

    def __init__(self, *, argv: Sequence[str] = (), debug: bool = False) -> None:
        self.context = LaunchContext(argv=argv)
        self._debug = debug
        self._return_code = 0

    def include_launch_description(self, description: LaunchDescriptionEntity) -> None:
        """Have `run` visit a description."""
        self.context.post(lambda: visit_all([description], self.context))

    def run(self) -> int:
        """Visit all descriptions and wait until every process has ended.

        Returns:
            1 after an error in a launch file or a SIGTERM, SIGQUIT or SIGHUP; else 0, also after Ctrl-C, and
            whatever the processes return. That is what genuine launch does.
        """
        self._watch_signals()
        log.message("INFO", "launch", f"All log files can be found below {log.open_log()}")
        log.message("INFO", "launch", "Default logging verbosity is set to INFO")
        while self.context.children or not self.context.tasks.empty():
            task = self.context.tasks.get()
            try:
                task()
            except Exception as error:
                self._fail(error)
        for cleanup in self.context.cleanups:
            cleanup()
        return self._return_code

    def _fail(self, error: Exception) -> None:
        if self._debug:
            log.message("DEBUG", "launch", "".join(traceback.format_exception(error)))
        text = f"Caught exception in launch (see debug for traceback): {error}"
        log.message("ERROR", "launch", text)
        self._return_code = 1
        self.context.shutdown()

    def _watch_signals(self) -> None:
        """Receive signals in a thread that waits for them, which tells who sent them.

        A script's background job starts with SIGINT ignored. It is heard here nonetheless, and the children,
        who inherit this, hear it too. SIGHUP stays ignored under nohup.
        """
        watched = {signal.SIGINT, signal.SIGTERM, signal.SIGQUIT}
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
            watched.add(signal.SIGHUP)
        signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        for signum in watched:
            signal.signal(signum, signal.SIG_DFL)
        threading.Thread(target=self._wait_for_signals, args=(watched,), daemon=True).start()

    def _wait_for_signals(self, watched: set[signal.Signals]) -> None:
        while True:
            info = signal.sigwaitinfo(watched)
            signum, from_terminal = signal.Signals(info.si_signo), info.si_code == _SI_KERNEL
            self.context.post(lambda s=signum, t=from_terminal: self._on_signal(s, t))  # type: ignore[misc]

    def _on_signal(self, signum: signal.Signals, from_terminal: bool) -> None:
        what = "ctrl-c (SIGINT)" if signum == signal.SIGINT else signum.name
        again = " again, ignoring..." if self.context.is_shutdown else ""
        log.message("WARNING", "launch", f"user interrupted with {what}{again}")
        if signum != signal.SIGINT:
            self._return_code = 1
        self.context.shutdown(sigint_from_terminal=from_terminal and signum == signal.SIGINT)
