"""Who is sent when: one at a time, the least often sent first, ever more seldom."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.ros.turns import LONGEST_S, RESEND_S, Turns


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def send(turns: Turns, waiting: list[str], clock: Clock) -> str:
    """The next one that is sent, whenever that is."""
    chosen, rest_s = turns.next(waiting)
    if chosen is None:
        clock.now_s += rest_s
        chosen, _ = turns.next(waiting)
    assert chosen is not None
    turns.sent(chosen, waiting)
    return chosen


def test_the_next_follows_at_once_when_the_last_is_acknowledged() -> None:
    clock, waiting = Clock(), ["a", "b", "c"]
    turns = Turns(clock)
    for one in "abc":
        assert send(turns, waiting, clock) == one
        assert turns.next(waiting)[0] is None
        waiting.remove(one)
    assert clock.now_s == 0.0
    assert turns.next(waiting) == (None, LONGEST_S)


def test_one_that_is_never_taken_holds_up_nothing() -> None:
    clock, waiting = Clock(), ["refused", *"abcdefgh"]
    turns = Turns(clock)
    while len(waiting) > 1:
        one = send(turns, waiting, clock)
        if one != "refused":
            waiting.remove(one)
    assert clock.now_s == RESEND_S


def test_it_is_sent_ever_more_seldom_and_at_once_to_a_new_listener() -> None:
    clock, moments = Clock(), []
    turns = Turns(clock)
    for _ in range(8):
        send(turns, ["a"], clock)
        moments.append(clock.now_s)
    pauses = [after - before for before, after in itertools.pairwise(moments)]
    assert pauses == [10.0, 20.0, 40.0, 60.0, 60.0, 60.0, 60.0]
    turns.restart()
    assert turns.next(["a"]) == ("a", 0.0)


@given(st.lists(st.booleans(), max_size=40), st.integers(1, 6))
def test_each_gets_its_turn_while_none_is_acknowledged(more: list[bool], number: int) -> None:
    """However many come in between, nothing is sent once more than what was sent least often."""
    clock, waiting, counts = Clock(), [str(index) for index in range(number)], dict[str, int]()
    turns = Turns(clock)
    for comes in more:
        if comes:
            waiting.append(str(len(waiting)))
        one = send(turns, waiting, clock)
        assert counts.get(one, 0) == min(counts.get(other, 0) for other in waiting)
        counts[one] = counts.get(one, 0) + 1
