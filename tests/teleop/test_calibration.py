"""Three motions tell how a hand's axes lie; motions that don't are refused."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from ibrl_ros.teleop.calibration import CalibrationError, signed_permutation
from ibrl_ros.teleop.clutch import along
from ibrl_ros.teleop.devices.quest import QuestConfig

ALL = [
    tuple(sign * axis for sign, axis in zip(signs, order, strict=True))
    for order in permutations((1, 2, 3))
    for signs in product((-1, 1), repeat=3)
]


def motions_of(axes: tuple[int, ...]) -> np.ndarray:
    """What a hand moves, on its own axes, along each of the robot's axes; [3, 3], m."""
    return np.array([[np.sign(axis) * (abs(axis) == own) for own in (1, 2, 3)] for axis in axes])


@given(
    st.sampled_from(ALL),
    arrays(float, 3, elements=st.floats(0.2, 0.6)),
    arrays(float, (3, 3), elements=st.floats(-0.06, 0.06)),
)
def test_every_signed_permutation_is_found_from_rough_motions(
    axes: tuple, lengths: np.ndarray, noise: np.ndarray
) -> None:
    assert signed_permutation(motions_of(axes) * lengths[:, None] + noise) == axes


@pytest.mark.parametrize("axes", ALL)
def test_half_of_them_are_mirrored_and_refused(axes: tuple) -> None:
    if np.linalg.det(motions_of(axes)) > 0:
        assert QuestConfig(axes=axes).axes == axes
    else:
        with pytest.raises(ValidationError, match="mirrored"):
            QuestConfig(axes=axes)


@pytest.mark.parametrize("axes", [(1, 1, 2), (0, 1, 2), (1, 2, 4)])
def test_what_is_no_permutation_is_refused(axes: tuple) -> None:
    with pytest.raises(ValidationError, match="each of 1, 2, 3"):
        QuestConfig(axes=axes)


@given(st.sampled_from(ALL), arrays(float, 3, elements=st.floats(-1, 1)))
def test_it_is_what_the_clutch_uses(axes: tuple, wanted: np.ndarray) -> None:
    hand = motions_of(axes).T @ wanted
    np.testing.assert_allclose(along(axes, hand), wanted, atol=1e-12)


@pytest.mark.parametrize(
    ("motions", "said"),
    [
        ([[0, 0, -0.3], [-0.05, 0, 0], [0, 0.3, 0]], "left: 5 cm is too short"),
        ([[0, 0, -0.3], [-0.3, 0, 0.3], [0, 0.3, 0]], "left: along no single axis"),
        ([[0, 0, -0.3], [0, 0, -0.3], [0, 0.3, 0]], "along no single axis"),
        ([[np.nan, 0, 0], [0, 0, -0.3], [0, 0.3, 0]], "too short"),
    ],
)
def test_motions_that_tell_nothing_are_named(motions: list, said: str) -> None:
    with pytest.raises(CalibrationError, match=said):
        signed_permutation(np.array(motions, float))
