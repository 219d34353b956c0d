"""Splits the bytes of a terminal into keys; escape sequences and non-ASCII letters are dropped."""

from __future__ import annotations

import time
from collections.abc import Callable

ESCAPE, DELETE = 0x1B, 0x7F
#: A terminal sends the rest of a sequence at once; after this long an escape was the Esc key alone.
ALONE_AFTER_S = 0.2
_NOTHING, _ESCAPED, _SEQUENCE, _LAST = range(4)


class KeyPresses:
    """Extracts typed characters from a terminal's bytes.

    Arrow and function keys, Alt with a key, and Esc come as escape sequences (ECMA-48): one unknown key each,
    and left out, as are letters beyond ASCII, which UTF-8 spells in several bytes. A sequence may come in
    pieces. Control characters are keys wherever they come, so that nothing swallows an enter, the stop.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._state = _NOTHING
        self._begun_s = 0.0

    def typed(self, content: bytes) -> str:
        """Keys in the bytes that were received now."""
        if self._state == _ESCAPED and self._clock() - self._begun_s > ALONE_AFTER_S:
            self._state = _NOTHING
        return "".join(chr(byte) for byte in content if self._is_key(byte))

    def _is_key(self, byte: int) -> bool:
        """Process the next byte; whether it is a key."""
        if byte == ESCAPE:
            self._state, self._begun_s = _ESCAPED, self._clock()
            return False
        if byte < 0x20:
            self._state = _NOTHING
            return True
        state, self._state = self._state, _NOTHING
        if state == _ESCAPED:
            self._state = {ord("["): _SEQUENCE, ord("O"): _SEQUENCE}.get(byte, _NOTHING)
        elif state == _SEQUENCE:
            if byte == ord("["):  # the Linux console's F1 to F5: ESC [ [ A
                self._state = _LAST
            elif byte < 0x40:  # parameters; the first byte from 0x40 on is the last
                self._state = _SEQUENCE
        elif state == _NOTHING:
            return byte < DELETE
        return False
