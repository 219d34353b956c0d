"""The assembler: newest inputs, honest ages, reasons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.step.observation import Assembler, InputError, Observation, Refusal

SHAPES = {"images/wrist": (4, 4, 3), "prop": (8,)}
IMAGE = np.zeros((4, 4, 3), np.uint8)
PROP = np.zeros(8, np.float32)


def filled(image_stamp: float, prop_stamp: float) -> Assembler:
    assembler = Assembler(SHAPES, max_age_s=0.2)
    assembler.put("images/wrist", IMAGE, image_stamp)
    assembler.put("prop", PROP, prop_stamp)
    return assembler


def test_a_missing_input_is_named() -> None:
    assembler = Assembler(SHAPES)
    assert assembler.observe(0.0) == Refusal("images/wrist", math.inf, "waiting for images/wrist")
    assembler.put("images/wrist", IMAGE, 0.0)
    assert assembler.has("images/wrist")
    assert not assembler.has("prop")
    refusal = assembler.observe(0.0)
    assert isinstance(refusal, Refusal)
    assert refusal.name == "prop"


@given(st.floats(0, 1), st.floats(0, 1))
def test_an_observation_is_as_old_as_its_oldest_input(image_age: float, prop_age: float) -> None:
    result = filled(10 - image_age, 10 - prop_age).observe(10)
    if max(10 - (10 - image_age), 10 - (10 - prop_age)) <= 0.2:
        assert isinstance(result, Observation)
        assert result.stamp_s == min(10 - image_age, 10 - prop_age)
        assert result.arrays.keys() == SHAPES.keys()
    else:
        assert isinstance(result, Refusal)
        assert result.name == ("images/wrist" if image_age >= prop_age else "prop")
        assert result.age_s == pytest.approx(max(image_age, prop_age))
        assert result.name in result.why


def test_the_newest_input_is_taken_in_whatever_order_they_come() -> None:
    assembler = filled(1.0, 1.0)
    newer, older = np.full(8, 2, np.float32), np.full(8, 1, np.float32)
    assert assembler.put("prop", newer, 1.1)
    assert not assembler.put("prop", older, 1.05)
    observation = assembler.observe(1.1)
    assert isinstance(observation, Observation)
    assert observation.arrays["prop"][0] == 2


def test_an_observation_does_not_change_when_new_inputs_come() -> None:
    assembler = filled(1.0, 1.0)
    observation = assembler.observe(1.0)
    assert isinstance(observation, Observation)
    assembler.put("prop", np.ones(8, np.float32), 1.1)
    assert observation.arrays["prop"][0] == 0


def test_in_lockstep_all_inputs_have_one_stamp() -> None:
    assembler = filled(1.0, 0.9)
    assert assembler.common_stamp_s() is None
    assembler.put("prop", PROP, 1.0)
    assert assembler.common_stamp_s() == 1.0
    assert Assembler(SHAPES).common_stamp_s() is None


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (
            "images/wrist",
            np.zeros((4, 5, 3), np.uint8),
            r"wrist: got uint8 \[4, 5, 3\], expected uint8 \[4, 4",
        ),
        ("images/wrist", np.zeros((4, 4, 3), np.float32), "expected uint8"),
        ("images/front", IMAGE, "images/front is not an input"),
        ("prop", np.zeros(7, np.float32), r"got float32 \[7\], expected float32 \[8\]"),
        ("prop", np.zeros(8), "got float64"),
        ("prop", np.full(8, np.nan, np.float32), "prop holds a number that is not finite"),
    ],
)
def test_a_wrong_input_is_refused_and_changes_nothing(name: str, array: np.ndarray, message: str) -> None:
    assembler = filled(1.0, 1.0)
    with pytest.raises(InputError, match=message):
        assembler.put(name, array, 1.1)
    assert assembler.common_stamp_s() == 1.0


def test_an_input_from_the_future_is_refused_by_name_and_the_rest_goes_on() -> None:
    assembler = filled(10.0, 10.0)
    with pytest.raises(InputError, match=r"images/wrist is stamped 5\.00 s in the future.*clock"):
        assembler.put("images/wrist", IMAGE, 15.1, now_s=10.1)
    assert assembler.put("images/wrist", IMAGE + 1, 10.1, now_s=10.1)
    assembler.put("prop", PROP, 10.1, now_s=10.1)
    observation = assembler.observe(10.1)
    assert isinstance(observation, Observation) and observation.arrays["images/wrist"].all()


@given(st.floats(0.2, 5000.0))
def test_what_was_stamped_before_the_clock_went_back_counts_no_more(back_s: float) -> None:
    assembler = filled(10_000.0, 10_000.0)
    now_s = 10_000.0 - back_s
    refusal = assembler.observe(now_s)
    assert isinstance(refusal, Refusal) and "images/wrist" in refusal.why and "clock" in refusal.why
    assert assembler.put("images/wrist", IMAGE, now_s, now_s)
    assert assembler.put("prop", PROP, now_s, now_s)
    assert isinstance(assembler.observe(now_s), Observation)


def test_in_lockstep_time_is_what_the_inputs_say() -> None:
    assembler = Assembler(SHAPES, max_ahead_s=math.inf)
    assembler.put("images/wrist", IMAGE, 1e9, now_s=5.0)
    assembler.put("prop", PROP, 1e9, now_s=5.0)
    assert isinstance(assembler.observe(1.0), Observation)


def test_inputs_of_a_simulation_that_was_started_anew_are_forgotten_and_its_own_are_taken() -> None:
    assembler = Assembler(SHAPES, max_ahead_s=math.inf)
    for stamp_s in (25.3, 2.0):  # its time begins anew
        assembler.put("images/wrist", IMAGE, stamp_s)
        assembler.put("prop", PROP, stamp_s)
    assembler.forget_ahead(2.0)
    assert not assembler.has("prop")
    assembler.put("images/wrist", IMAGE, 2.0)
    assembler.put("prop", PROP, 2.0)
    assembler.forget_ahead(2.0)
    assert assembler.common_stamp_s() == 2.0
