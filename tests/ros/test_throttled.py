"""Fast topics: each publisher's turn, and what arrives through ROS."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState
from spun_nodes import Nodes

from ibrl_ros.ros.qos import ANYBODY
from ibrl_ros.ros.throttled import MAX_LENGTHS, Turns, subscribe_newest

EVERY_S = 0.02
ARM, HAND = 200, 80
GAPS_S = st.lists(st.floats(0.0, 0.1), min_size=1, max_size=100)


def passed(turns: Turns, times_s: list[float], length: int = ARM) -> list[float]:
    return [now_s for now_s in times_s if turns.has(length, now_s)]


@given(GAPS_S)
def test_no_more_is_passed_on_than_asked_for(gaps_s: list[float]) -> None:
    times_s = list(itertools.accumulate(gaps_s))
    heard = passed(Turns(EVERY_S), times_s)
    for first in range(len(heard)):
        for last in range(first, len(heard)):
            assert last - first <= (heard[last] - heard[first]) / EVERY_S + 1 + 1e-6


@given(GAPS_S)
def test_what_is_passed_on_is_never_old(gaps_s: list[float]) -> None:
    """Whenever something comes, something was passed on within the period before it."""
    times_s, turns, last_s = list(itertools.accumulate(gaps_s)), Turns(EVERY_S), None
    for now_s in times_s:
        if turns.has(ARM, now_s):
            last_s = now_s
        assert last_s is not None and now_s - last_s < EVERY_S + 1e-9


@given(st.lists(st.floats(0.0, EVERY_S * 0.9), min_size=2, max_size=50))
def test_a_slow_publisher_loses_nothing_when_some_messages_are_late(late_s: list[float]) -> None:
    times_s = sorted(number * EVERY_S * 1.01 + late for number, late in enumerate(late_s))
    assert passed(Turns(EVERY_S), times_s) == times_s


@given(st.lists(st.booleans(), max_size=200))
def test_each_length_has_turns_of_its_own(hand: list[bool]) -> None:
    """At 1 kHz, in whatever order: what the hand gets doesn't depend on the arm."""
    shared, alone = Turns(EVERY_S), Turns(EVERY_S)
    for number, of_hand in enumerate(hand):
        now_s = 1e-3 * number
        got = shared.has(HAND if of_hand else ARM, now_s)
        assert not of_hand or got == alone.has(HAND, now_s)


def test_text_of_any_length_does_not_fill_the_memory() -> None:
    turns = Turns(EVERY_S)
    for length in range(10 * MAX_LENGTHS):
        turns.has(length, 0.0)
    assert len(turns._next_s) <= MAX_LENGTHS


def test_a_hand_is_heard_beside_a_fast_arm(nodes: Nodes) -> None:
    listener, arm, hand = (nodes.make(name) for name in ("listener", "arm", "hand"))
    heard: list[JointState] = []
    arrivals: list[None] = []
    subscribe_newest(
        listener, JointState, "joints", heard.append, 3600.0, ANYBODY, lambda: arrivals.append(None)
    )
    arms, hands = (
        node.create_publisher(JointState, "joints", qos_profile_sensor_data) for node in (arm, hand)
    )

    def both() -> bool:
        for number in range(len(arrivals) % 4):
            arms.publish(JointState(name=[f"joint{i}" for i in range(7)], position=[float(number)] * 7))
        hands.publish(JointState(name=["finger"], position=[0.04]))
        return {len(message.name) for message in heard} == {1, 7} and len(arrivals) > 10

    nodes.spin_until(both)
    assert len(heard) <= 4  # in an hour: a turn each, and the one that wasn't used before
