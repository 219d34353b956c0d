"""Nothing that isn't sound comes out of the log, whatever is written there."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from quest_hand import QuestHand, matrix_text
from scipy.spatial.transform import Rotation

from ibrl_ros.teleop.oculus_log import Hand, hand_pose, parse, stops

PREFIX = "11-21 10:00:00.000  4711  4747 I wE9ryARX: "
MUTATED_LINES = 100_000

turns = st.tuples(*[st.floats(-math.pi, math.pi)] * 3).map(Rotation.from_rotvec)
places = st.tuples(*[st.floats(-2, 2)] * 3).map(np.array)
fractions = st.floats(0, 1)


def assert_sound(hands: dict[str, Hand] | None) -> None:
    for hand in (hands or {}).values():
        assert np.isfinite(hand.pose.position).all() and np.isfinite([hand.grip, hand.trigger]).all()
        assert abs(np.linalg.norm(hand.pose.quaternion) - 1) < 1e-9
        assert np.linalg.norm(hand.pose.position) <= 10
        assert 0 <= hand.grip <= 1 and 0 <= hand.trigger <= 1


@given(turns, places, fractions, fractions, st.sets(st.sampled_from("AB")), st.booleans())
def test_what_the_app_writes_is_read(
    turn: Rotation, place: np.ndarray, grip: float, trigger: float, pressed: set[str], fork: bool
) -> None:
    line = QuestHand(turn, place, grip, trigger, frozenset(pressed), fork=fork).line()
    for text in (PREFIX + line, f"I/wE9ryARX: {line}\r"):
        hand = parse(text)["right"]
        np.testing.assert_allclose(hand.pose.position, place, atol=5e-6)
        between = Rotation.from_quat(hand.pose.quaternion) * turn.inv()
        assert between.magnitude() < 1e-5
        assert hand.grip == pytest.approx(grip, abs=1e-6)
        assert hand.trigger == pytest.approx(trigger, abs=1e-6)
        assert (hand.first, hand.second) == ("A" in pressed, "B" in pressed)


def test_both_hands_of_a_line() -> None:
    pose = matrix_text(Rotation.identity(), np.zeros(3))
    line = f"{PREFIX}l:{pose}|r:{pose}&R,RG,rightJS 0 0,rightTrig 0,rightGrip 1,L,X,leftTrig 1,leftGrip 0"
    hands = parse(line)
    assert hands is not None and set(hands) == {"left", "right"}
    assert hands["left"].first and not hands["right"].first
    assert (hands["left"].trigger, hands["right"].grip) == (1.0, 1.0)


def test_words_stand_in_for_values_that_the_fork_leaves_out() -> None:
    pose = matrix_text(Rotation.identity(), np.zeros(3))
    hand = parse(f"{PREFIX}r:{pose}&R,RTr,RG")["right"]
    assert (hand.grip, hand.trigger) == (1.0, 1.0)


@pytest.mark.parametrize(
    "line",
    [
        "l:{pose}&R,rightTrig 0,rightGrip 1",  # the fork gives one hand's pose with the other's buttons
        "r:{pose}&L,leftTrig 0,leftGrip 1",
        "&R,rightTrig 0,rightGrip 1",
        "r:{pose}&",
        "r:{pose}&R,rightTrig nan,rightGrip 1",
        "r:{pose}&R,rightTrig 0,rightGrip inf",
        "r:{pose}&R,rightTrig 0,rightGrip",
        "r:{pose} 0&R,rightGrip 1",
        "r:nan 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1&R,rightGrip 1",
        "r:1 0 0 inf 0 1 0 0 0 0 1 0 0 0 0 1&R,rightGrip 1",
        "r:1 0 0 99 0 1 0 0 0 0 1 0 0 0 0 1&R,rightGrip 1",  # not in this room
        "r:2 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1&R,rightGrip 1",  # stretched
        "r:-1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1&R,rightGrip 1",  # mirrored
        "r:0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0&R,rightGrip 1",
        "r:1 0 0 0 0 1 0 0 0 0 1 0 0 0 0&R,rightGrip 1",
        "r:1 0 0 0 0 1 0 0 0 0 1 0 1 0 0 1&R,rightGrip 1",
    ],
)
def test_a_hand_without_a_sound_pose_and_buttons_is_none(line: str) -> None:
    pose = matrix_text(Rotation.identity(), np.zeros(3))
    assert parse(PREFIX + line.format(pose=pose)) == {}


@given(st.floats(-1, 1), st.floats(-1, 1), st.booleans(), st.booleans())
def test_a_stick_pushed_far_says_stop(x: float, y: float, seen: bool, fork: bool) -> None:
    hand = QuestHand(stick=(x, y), seen=seen, fork=fork)
    far = math.hypot(x, y)
    assume(abs(far - 0.8) > 1e-5)
    assert stops(PREFIX + hand.line()) == (far > 0.8)


@pytest.mark.parametrize(
    ("words", "stop"),
    [
        ("R,RJ,rightJS 0 0", True),  # a click of the stick
        ("R,A,B,rightJS 0 0", True),
        ("L,X,Y,leftJS 0 0", True),
        ("L,LJ", True),
        ("R,rightJS 0 0,L,leftJS 0.1 -0.9", True),  # the other hand's stick
        ("R,A,rightJS 0.1 0.1", False),
        ("R,A,L,Y", False),  # one button of each hand
        ("R,rightJS", False),
        ("R,rightJS nan 1", False),
        ("R,rightJS 7 7", False),  # no stick goes so far
        ("R,rightJS inf nan", False),
        ("", False),
    ],
)
def test_what_says_stop(words: str, stop: bool) -> None:
    """Whether the hand has a pose doesn't matter: whoever wants it to stop may hold it behind their back."""
    pose = matrix_text(Rotation.identity(), np.zeros(3))
    assert stops(f"{PREFIX}&{words}") == stops(f"{PREFIX}r:{pose}&{words}") == stop


@pytest.mark.parametrize(
    "line", ["", "--------- beginning of main", "I/other: r:1&R", PREFIX, PREFIX + "hello"]
)
def test_lines_that_are_not_the_apps_are_told_apart(line: str) -> None:
    assert parse(line) is None and not stops(line)


@given(st.text())
def test_any_text_is_survived(text: str) -> None:
    for line in (text, PREFIX + text, f"{PREFIX}r:{text}&R,{text}", text.replace(" ", "&")):
        assert_sound(parse(line))
        assert stops(line) in (True, False)


def test_mutated_lines_are_survived() -> None:
    """Bytes changed, dropped, doubled; parts exchanged between lines: as half-written lines are."""
    draw = random.Random(1)
    pieces = [*"0123456789.-+eE |:&,\t\n\0nR", "nan", "inf", "-inf", "1e999", "r:", "l:", "RG", "٣", "_", "�"]
    lines = [
        PREFIX + QuestHand(Rotation.random(random_state=seed), fork=bool(seed % 2)).line()
        for seed in range(50)
    ]
    sound = 0
    for _ in range(MUTATED_LINES):
        line = draw.choice(lines)
        for _ in range(draw.randint(1, 4)):
            start = draw.randrange(len(line) + 1)
            end = min(len(line), start + draw.choice((0, 0, 1, 1, 2, 20)))
            other = draw.choice(lines)
            piece = draw.choice(pieces) if draw.random() < 0.8 else other[start:end]
            line = line[:start] + piece + line[end:]
        hands = parse(line)
        assert_sound(hands)
        sound += bool(hands)
    assert 0.1 < sound / MUTATED_LINES < 0.9, "the mutations are too weak or too strong to show anything"


@settings(max_examples=300)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=0, max_size=20))
def test_any_numbers_are_survived(numbers: list[float]) -> None:
    assert hand_pose(numbers) is None or len(numbers) == 16
