"""Deadman, buttons and words, in their own time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.teleop.buttons import HOLD_S, STANDS_S, HoldButton, Words
from ibrl_ros.teleop.deadman import Deadman


def said(button: HoldButton, downs: list[bool], period_s: float = 0.1) -> list[str]:
    words = [button.update(down, period_s * step) for step, down in enumerate(downs)]
    return [word for word in words if word]


def test_a_plain_button_speaks_once_when_it_goes_down() -> None:
    assert said(HoldButton("success"), [False, True, True, True, False, True]) == ["success", "success"]


def test_a_short_press_and_a_long_one_differ() -> None:
    assert said(HoldButton("failure", "abort"), [True] * 5 + [False]) == ["failure"]
    assert said(HoldButton("failure", "abort"), [True] * 20 + [False]) == ["abort"]


def test_a_button_may_have_a_long_press_only() -> None:
    assert said(HoldButton(None, "start"), [True] * 5 + [False] * 5 + [True] * 15 + [False]) == ["start"]


def test_a_press_that_the_device_began_and_never_ended_says_nothing() -> None:
    button = HoldButton("failure", "abort")
    button.update(True, 0.0)
    button.forget()
    assert button.update(False, 0.1) is None
    assert button.update(True, HOLD_S + 1) is None


def test_words_stand_for_a_while() -> None:
    words = Words()
    words.say("success", 1.0)
    assert words.standing(1.0) == words.standing(0.99 * STANDS_S + 1.0) == {"success"}
    assert words.standing(1.0 + STANDS_S) == frozenset()


@given(st.lists(st.sampled_from([True, False, None])))
def test_a_squeeze_counts_only_after_a_release(inputs: list[bool | None]) -> None:
    deadman, released = Deadman(), False
    for squeezed in inputs:
        released = squeezed is not None and (released or not squeezed)
        assert deadman.update(squeezed) == (squeezed is True and released)
