"""The oculus_reader app's lines in the headset's log: from text to hands, and nothing that isn't sound.

A line holds after its tag `r:` and `l:` with the 16 numbers of a row-major 4x4 pose, then `&`, then words for
the buttons: `R` or `L` where that hand's follow, names of those pressed, and names with values. The fork for
the Quest 3 leaves some names out (a click of the stick among them), and gives a hand's pose only while the
other hand is on too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ibrl_ros.control.poses import Pose, quaternion_from_matrix

TAG = "wE9ryARX"
Side = Literal["right", "left"]

_HALF = 0.5
_PUSHED = 0.8
_FARTHEST_PUSH = 1.5  # a corner is 1.41 away
_FARTHEST_M = 10.0
_RIGID = 1e-2  # largest error of a product of the rotation's rows; the app prints six decimals


@dataclass(frozen=True)
class Hand:
    """Sample of one controller.

    Attributes:
        pose: in the headset's frame: x to the right, y up, z backwards.
        grip: 0 to 1.
        trigger: 0 to 1.
        first: its lower button (A, or X on the left) is down.
        second: its upper button (B, or Y) is down.
        arrived_s: when it was heard, on the reader's clock.
    """

    pose: Pose
    grip: float
    trigger: float
    first: bool
    second: bool
    arrived_s: float = 0.0

    @property
    def squeezed(self) -> bool:
        """The grip is pulled at least half-way."""
        return self.grip >= _HALF

    @property
    def pulled(self) -> bool:
        """The trigger is pulled at least half-way."""
        return self.trigger >= _HALF


class _Names(NamedTuple):
    pose: str
    block: str
    grip: tuple[str, str]  # with a value, and as a plain word
    trigger: tuple[str, str]
    first: str
    second: str
    stick: tuple[str, str]


_NAMES: dict[Side, _Names] = {
    "right": _Names("r", "R", ("rightGrip", "RG"), ("rightTrig", "RTr"), "A", "B", ("rightJS", "RJ")),
    "left": _Names("l", "L", ("leftGrip", "LG"), ("leftTrig", "LTr"), "X", "Y", ("leftJS", "LJ")),
}


def parse(line: str) -> dict[Side, Hand] | None:
    """The hands in a line of the log: those with both a sound pose and buttons.

    Returns:
        None for a line that isn't the app's.
    """
    _, tag, content = line.partition(f"{TAG}: ")
    poses_text, ampersand, buttons_text = content.partition("&")
    if not tag or not ampersand:
        return None
    poses = dict(text.strip().partition(":")[::2] for text in poses_text.split("|"))
    words = _words(buttons_text)
    hands: dict[Side, Hand] = {}
    for side, names in _NAMES.items():
        if names.pose in poses and names.block in words:
            hand = _hand(poses[names.pose].split(), words, names)
            if hand is not None:
                hands[side] = hand
    return hands


def stops(line: str) -> bool:
    """Whether a line contains a stop of either hand: stick pushed far or clicked, or both buttons down."""
    _, tag, content = line.partition(f"{TAG}: ")
    _, ampersand, buttons_text = content.partition("&")
    if not tag or not ampersand:
        return False
    words = _words(buttons_text)
    return any(_stops(words, names) for names in _NAMES.values())


def pushed_far(x: float, y: float) -> bool:
    """Whether a stick is pushed so far that it counts as a stop."""
    return _PUSHED < math.hypot(x, y) < _FARTHEST_PUSH


def hand_pose(numbers: Sequence[float]) -> Pose | None:
    """The pose of 16 numbers, a row-major 4x4 matrix; None if that isn't a rigid motion nearby."""
    if len(numbers) != 16 or not all(map(math.isfinite, numbers)):
        return None
    rows = [tuple(numbers[4 * row : 4 * row + 3]) for row in range(3)]
    position = (numbers[3], numbers[7], numbers[11])
    if math.hypot(*position) > _FARTHEST_M or not _close(numbers[12:], (0.0, 0.0, 0.0, 1.0)):
        return None
    x, y, z = rows
    # A rotation's rows have length 1, and each two give the third.
    if not (_close(_cross(x, y), z) and _close(_cross(y, z), x) and _close(_cross(z, x), y)):
        return None
    if not all(abs(math.hypot(*row) - 1) < _RIGID for row in rows):
        return None
    return Pose.of(position, quaternion_from_matrix(np.array(rows)))


def _hand(texts: list[str], words: dict[str, str], names: _Names) -> Hand | None:
    try:
        pose = hand_pose([float(text) for text in texts])
        grip, trigger = _pulled(words, *names.grip), _pulled(words, *names.trigger)
    except ValueError:
        return None
    if pose is None:
        return None
    return Hand(pose, grip, trigger, names.first in words, names.second in words)


def _words(buttons_text: str) -> dict[str, str]:
    return dict(text.strip().partition(" ")[::2] for text in buttons_text.split(","))


def _stops(words: dict[str, str], names: _Names) -> bool:
    stick, click = names.stick
    if click in words or (names.first in words and names.second in words):
        return True
    try:
        x, y = map(float, words.get(stick, "0 0").split())
    except ValueError:
        return False
    return pushed_far(x, y)


def _pulled(words: dict[str, str], name: str, plain: str) -> float:
    """How far a grip or trigger is pulled, 0 to 1, from its value, or from its button's token.

    Raises:
        ValueError: the value is no finite number.
    """
    value = float(words[name]) if name in words else float(plain in words)
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}")
    return min(1.0, max(0.0, value))


def _close(a: Sequence[float], b: Sequence[float]) -> bool:
    return all(abs(one - other) < _RIGID for one, other in zip(a, b, strict=True))


def _cross(a: Sequence[float], b: Sequence[float]) -> tuple[float, float, float]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
