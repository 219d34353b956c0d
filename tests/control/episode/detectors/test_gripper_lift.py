import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.control.episode.detectors.gripper_lift import GripperLiftConfig, GripperLiftRule


def prop(height_m: float, gripper: float) -> np.ndarray:
    return np.array([0.5, 0.0, height_m, 1.0, 0.0, 0.0, 0.0, gripper], dtype=np.float32)


def rule_with(**settings: float) -> GripperLiftRule:
    return GripperLiftRule(GripperLiftConfig.model_validate({"kind": "gripper_lift", **settings}))


def told_of(rule: GripperLiftRule, heights_m: list[float], grippers: list[float]) -> list[bool]:
    return [rule.update(prop(h, g)) for h, g in zip(heights_m, grippers, strict=True)]


LIFT_HEIGHTS_M = [0.10, 0.02, 0.02, 0.02, 0.02, 0.02, 0.02, 0.03, 0.05]
LIFT_GRIPPERS = [0.00, 0.00, 0.20, 0.40, 0.50, 0.50, 0.50, 0.50, 0.50]

heights = st.lists(st.floats(0.0, 0.4), min_size=1, max_size=30)


def test_closing_on_something_and_rising_is_success() -> None:
    assert told_of(rule_with(), LIFT_HEIGHTS_M, LIFT_GRIPPERS) == [False] * 8 + [True]


def test_a_gap_not_held_long_enough_is_not() -> None:
    rule = rule_with(held_steps=3)
    assert told_of(rule, [0.02, 0.02, 0.05], [0.5, 0.5, 0.5]) == [False, False, False]
    assert rule.update(prop(0.05, 0.5))


def test_rising_too_little_is_not() -> None:
    assert not any(told_of(rule_with(raised_m=0.04), LIFT_HEIGHTS_M, LIFT_GRIPPERS))


def test_opening_in_the_air_forgets_the_grasp() -> None:
    rule = rule_with()
    told_of(rule, LIFT_HEIGHTS_M[:-1], LIFT_GRIPPERS[:-1])
    assert not any(told_of(rule, [0.05] * 5, [0.2, 0.5, 0.5, 0.5, 0.5]))


def test_a_reset_forgets_the_grasp() -> None:
    rule = rule_with()
    told_of(rule, LIFT_HEIGHTS_M[:-1], LIFT_GRIPPERS[:-1])
    rule.reset()
    assert not any(told_of(rule, [0.05] * 5, [0.5] * 5))


@given(heights_m=heights, gripper=st.one_of(st.floats(0, 0.04), st.floats(0.91, 1.0)))
def test_an_open_or_empty_gripper_never_succeeds(heights_m: list[float], gripper: float) -> None:
    assert not any(told_of(rule_with(), heights_m, [gripper] * len(heights_m)))


@given(heights_m=heights, change=st.floats(0.03, 0.3))
def test_a_moving_gripper_never_succeeds(heights_m: list[float], change: float) -> None:
    moving = [0.3, 0.3 + change] * len(heights_m)
    assert not any(told_of(rule_with(), heights_m, moving[: len(heights_m)]))


@given(heights_m=heights, gripper=st.floats(0.1, 0.85))
def test_success_means_that_the_hand_has_risen(heights_m: list[float], gripper: float) -> None:
    rule = rule_with(raised_m=0.02)
    told = told_of(rule, heights_m, [gripper] * len(heights_m))
    lowest = np.float32(min(heights_m))
    for height_m, done in zip(heights_m, told, strict=True):
        assert not done or np.float32(height_m) - lowest >= 0.02 - 1e-6


@given(floor_m=st.floats(0.01, 0.2), raise_m=st.floats(0.021, 0.2), gripper=st.floats(0.1, 0.85))
def test_any_held_block_raised_far_enough_succeeds(floor_m: float, raise_m: float, gripper: float) -> None:
    told = told_of(rule_with(), [floor_m] * 4 + [floor_m + raise_m], [gripper] * 5)
    assert told == [False] * 4 + [True]
