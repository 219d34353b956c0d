"""Finds the rotation between the hand's axes and the robot's from three motions of the hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

DIRECTIONS = ("forward", "left", "up")  # the robot's x, y, z
SHORTEST_M = 0.1
_ALONG = 0.8  # least part of a motion that must be along its axis: 37 degrees off


class CalibrationError(ValueError):
    """The motions don't determine the axes."""


def signed_permutation(motions: NDArray[np.floating]) -> tuple[int, int, int]:
    """The hand's axis (1, 2 or 3, with a sign) for each of the robot's x, y, z.

    The best of the 48 signed permutations for these motions. Half of them are mirrored, which no headset's
    frame is; QuestConfig refuses those.

    Args:
        motions: [3, 3], m, in the hand's axes: a motion forward, a motion to the left, a motion up.

    Raises:
        CalibrationError: a motion is too short, or not along one axis.
    """
    lengths = np.linalg.norm(motions, axis=1)
    for direction, length_m in zip(DIRECTIONS, lengths, strict=True):
        if not length_m >= SHORTEST_M:
            raise CalibrationError(f"{direction}: {100 * length_m:.0f} cm is too short, take 20 cm or more")
    ways = motions / lengths[:, None]
    best = max(permutations(range(3)), key=lambda order: sum(abs(ways[row, order[row]]) for row in range(3)))
    for direction, way, axis in zip(DIRECTIONS, ways, best, strict=True):
        if abs(way[axis]) < _ALONG:
            raise CalibrationError(
                f"{direction}: along no single axis; put the headset level, and keep it still"
            )
    signed = [(axis + 1) * (1 if ways[row, axis] > 0 else -1) for row, axis in enumerate(best)]
    return signed[0], signed[1], signed[2]
