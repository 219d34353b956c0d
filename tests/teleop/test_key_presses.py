"""Keys among the bytes of a terminal."""

from __future__ import annotations

import os
import pty
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.teleop.devices.keyboard import MOTIONS, WORDS
from ibrl_ros.teleop.key_presses import ALONE_AFTER_S, KeyPresses
from ibrl_ros.teleop.terminal import TerminalKeys

#: What terminals send (xterm, rxvt, the Linux console) for keys that are no characters.
SPECIAL = {
    "up": b"\x1b[A", "down": b"\x1b[B", "right": b"\x1b[C", "left": b"\x1b[D", "keypad down": b"\x1bOB",
    "ctrl right": b"\x1b[1;5C", "ctrl up, rxvt": b"\x1bOa", "shift up, rxvt": b"\x1b[a", "home": b"\x1b[H",
    "end": b"\x1b[F", "delete": b"\x1b[3~", "page down": b"\x1b[6~", "f1": b"\x1bOP", "f5": b"\x1b[15~",
    "f1, console": b"\x1b[[A", "f2, console": b"\x1b[[B", "shift f1": b"\x1b[1;2P", "alt b": b"\x1bb",
    "alt y": b"\x1by", "alt shift b": b"\x1bB", "alt up": b"\x1b\x1b[A", "back tab": b"\x1b[Z",
    "focus": b"\x1b[I", "alt umlaut": "\x1bü".encode(), "umlaut": "ü".encode(), "euro": "€".encode(),
    "kelvin": "\u212a".encode(), "dotted i": "İ".encode(), "smiley": "🙂".encode(), "backspace": b"\x7f",
}  # fmt: skip
KEYS = "".join([*MOTIONS, *WORDS, " g\r\n"])


@pytest.mark.parametrize("name", SPECIAL)
@pytest.mark.parametrize("pieces", [1, 2, 9])
def test_a_key_that_is_no_character_is_none_also_in_pieces(name: str, pieces: int) -> None:
    presses, content = KeyPresses(clock=lambda: 0.0), b"w" + SPECIAL[name] + b"b"
    size = -(-len(content) // pieces)
    read = [content[start : start + size] for start in range(0, len(content), size)]
    assert "".join(map(presses.typed, read)) == "wb"


@given(
    st.lists(st.one_of(st.sampled_from(KEYS), st.sampled_from(sorted(SPECIAL.values())))), st.integers(1, 5)
)
def test_whatever_else_is_pressed_the_characters_are_those_typed(presses: list, size: int) -> None:
    content = b"".join(one.encode() if isinstance(one, str) else one for one in presses)
    taken = KeyPresses(clock=lambda: 0.0)
    read = [content[start : start + size] for start in range(0, len(content), size)]
    assert "".join(map(taken.typed, read)) == "".join(one for one in presses if isinstance(one, str))


@given(st.binary())
def test_nothing_swallows_an_enter(before: bytes) -> None:
    presses = KeyPresses(clock=lambda: 0.0)
    presses.typed(before)
    assert "\r" in presses.typed(b"\r")


def test_a_lone_escape_is_no_key_and_the_next_one_counts() -> None:
    now_s = 0.0
    presses = KeyPresses(clock=lambda: now_s)
    assert presses.typed(b"\x1b") == ""
    now_s += 2 * ALONE_AFTER_S
    assert presses.typed(b"b") == "b"


@pytest.fixture
def terminal() -> Iterator[tuple[int, TerminalKeys]]:
    ours, theirs = pty.openpty()
    keys = TerminalKeys(theirs)
    yield ours, keys
    keys.close()
    os.close(ours)
    os.close(theirs)


def test_no_arrow_of_a_real_terminal_starts_an_episode(terminal: tuple[int, TerminalKeys]) -> None:
    ours, keys = terminal
    os.write(ours, b"".join(SPECIAL.values()) + b"w")
    typed, deadline = "", time.monotonic() + 10
    while not typed:
        assert time.monotonic() < deadline
        typed += keys.pressed()
    assert typed == "w"
