"""The newest message between two processes."""

from __future__ import annotations

import multiprocessing
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.franka.mailbox import SIZE_BYTES, Mailbox

CONTEXT = multiprocessing.get_context("spawn")
LAST = 20_000


def count(box: Mailbox[list[int]]) -> None:
    for number in range(1, LAST + 1):
        box.put([number] * 500)


def test_what_another_process_writes_is_whole_and_never_older() -> None:
    box: Mailbox[list[int]] = Mailbox(CONTEXT)
    process = CONTEXT.Process(target=count, args=(box,))
    process.start()
    deadline, seen = time.monotonic() + 60.0, [0]
    while seen[-1] < LAST:
        assert time.monotonic() < deadline, seen[-1]
        message = box.take()
        if message is not None:
            assert set(message) == {message[0]}
            assert message[0] > seen[-1]
            seen.append(message[0])
    process.join()
    assert len(seen) > 2, "it was read while it was written"


@given(st.lists(st.one_of(st.none(), st.text(), st.integers()), max_size=20))
def test_the_newest_is_taken_once(messages: list[object]) -> None:
    """None stands for a look into the box."""
    box: Mailbox[object] = Mailbox(CONTEXT)
    newest = None
    for message in messages:
        if message is None:
            assert box.take() == newest
            newest = None
        else:
            box.put(message)
            newest = message


def test_what_is_half_written_is_left_for_the_next_time() -> None:
    box: Mailbox[str] = Mailbox(CONTEXT)
    box.put("whole")
    last = box._memory[20]
    box._memory[20] = last ^ 1
    assert box.take() is None
    box._memory[20] = last
    assert box.take() == "whole"


def test_what_is_too_long_is_refused_and_the_last_message_stays() -> None:
    box: Mailbox[str] = Mailbox(CONTEXT)
    box.put("before")
    with pytest.raises(ValueError, match="bytes"):
        box.put("x" * SIZE_BYTES)
    assert box.take() == "before"
