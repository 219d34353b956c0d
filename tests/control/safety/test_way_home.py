"""When the arm sets out for home."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config.task import ResetConfig
from ibrl_ros.control.safety.way_home import A_WORD, WayHome

EVENTS = ("normal end", "fault", "word", "stop", "robot's fault", "time")


def test_a_robots_first_way_home_waits_for_a_word() -> None:
    way = WayHome(ResetConfig(), moves=True)
    assert way.waits_for(100.0, word_stands=True) == A_WORD
    way.word()
    assert way.waits_for(100.0, word_stands=True) == ""


def test_after_a_normal_end_it_begins_by_itself_after_the_delay() -> None:
    way = WayHome(ResetConfig(delay_s=3.0), moves=True)
    way.ended(normal=True, now_s=10.0)
    assert way.waits_for(12.9, word_stands=True) == "3 s after the episode's end"
    assert way.waits_for(13.0, word_stands=True) == ""


@pytest.mark.parametrize(("ask", "normal"), [(True, True), (False, False)])
def test_it_waits_for_a_word_where_asked_to_and_after_any_other_end(ask: bool, normal: bool) -> None:
    way = WayHome(ResetConfig(ask=ask), moves=True)
    way.ended(normal=normal, now_s=0.0)
    assert way.waits_for(1000.0, word_stands=True) == A_WORD


def test_a_robot_without_a_word_waits_until_it_has_a_new_one() -> None:
    way = WayHome(ResetConfig(), moves=True)
    way.ended(normal=True, now_s=0.0)
    assert way.waits_for(10.0, word_stands=False) == A_WORD
    assert way.waits_for(11.0, word_stands=True) == A_WORD, "somebody else's word doesn't start it"


def test_in_simulation_nobody_is_asked() -> None:
    way = WayHome(ResetConfig(ask=True), moves=False)
    assert way.waits_for(0.0, word_stands=True) == ""
    way.ended(normal=False, now_s=1.0)
    assert way.waits_for(1.0, word_stands=True) == ""


@given(events=st.lists(st.sampled_from(EVENTS)), ask=st.booleans())
def test_it_never_goes_without_a_word_since_the_last_stop_or_fault(events: list[str], ask: bool) -> None:
    way, now_s, spoken, quiet = WayHome(ResetConfig(ask=ask), moves=True), 0.0, False, False
    for event in events:
        now_s += 0.5
        stands = event != "robot's fault"
        if event == "word":
            way.word()
            spoken = True
        elif event == "stop":
            way.stop()
            spoken = quiet = False
        elif event in ("normal end", "fault"):
            way.ended(normal=event == "normal end", now_s=now_s)
            quiet = event == "normal end" and not ask
            spoken = False
        elif not stands:
            spoken = quiet = False
        if not way.waits_for(now_s, word_stands=stands):
            assert spoken or quiet
