"""Single keys from the terminal that the program runs in."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty

from ibrl_ros.teleop.key_presses import KeyPresses


class NoTerminalError(RuntimeError):
    """Standard input is no terminal."""


class TerminalKeys:
    """Reads single keys without blocking and without echo; Ctrl-C still interrupts.

    Raises:
        NoTerminalError: when made, if standard input is no terminal.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        if not os.isatty(self._descriptor):
            raise NoTerminalError("standard input is no terminal")
        self._presses = KeyPresses()
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)

    def pressed(self) -> str:
        """All keys since the last call, without those that send several bytes."""
        ready, _, _ = select.select([self._descriptor], [], [], 0.0)
        return self._presses.typed(os.read(self._descriptor, 1024) if ready else b"")

    def close(self) -> None:
        """Restore the terminal's settings."""
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)
