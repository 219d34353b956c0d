"""Assembler: the newest of every input, put together to one observation, or the reason why not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.stamps import AHEAD_S, stamp_fault
from ibrl_ros.data.episode import IMAGE_PREFIX

#: No observation is made with an older input.
MAX_AGE_S = 0.2


@dataclass(frozen=True)
class Observation:
    """What is seen at one step.

    Attributes:
        arrays: "images/<camera>" uint8 [H, W, 3], "prop" float32 [P], in simulation "state" float32 [S].
        stamp_s: capture time of the oldest input, in seconds.
    """

    arrays: dict[str, NDArray]
    stamp_s: float


class Refusal(NamedTuple):
    """Why there is no observation.

    Attributes:
        name: the input that is to blame, named as in Observation.arrays.
        age_s: its age in seconds, infinity if it never came.
        why: both in words.
    """

    name: str
    age_s: float
    why: str


class InputError(ValueError):
    """An input isn't what was agreed upon."""


class Assembler:
    """Holds the newest array of every input.

    Where the clock was set back, what was stamped before that lies in the future, and counts no more.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        max_age_s: float = MAX_AGE_S,
        max_ahead_s: float = AHEAD_S,
    ) -> None:
        """Wait for inputs.

        Args:
            shapes: of every input by its name in Observation.arrays. Images are uint8, others float32.
            max_age_s: no observation is made with an older input.
            max_ahead_s: what is stamped further in the future is refused; infinity in lockstep, where time
                is what the inputs say.
        """
        self._shapes = dict(shapes)
        self._max_age_s, self._max_ahead_s = max_age_s, max_ahead_s
        self._newest: dict[str, tuple[NDArray, float]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(self._shapes)

    def has(self, name: str) -> bool:
        """Whether this input has ever come."""
        return name in self._newest

    def put(self, name: str, array: NDArray, stamp_s: float, now_s: float = math.inf) -> bool:
        """Take in an input, captured at stamp_s. The array isn't copied, so it must not be changed after.

        Args:
            name: as in Observation.arrays.
            array: its value.
            stamp_s: capture time in seconds.
            now_s: when it came, on this machine's clock; infinity where that isn't known.

        Returns:
            False if it is older than what is there, and so was left out.

        Raises:
            InputError: if its type or shape is wrong, or a number isn't finite; names both found and
                expected. Or if it is stamped in the future; says how far, and which clocks to compare.
        """
        self._check(name, array)
        if fault := self._ahead(stamp_s, now_s):
            raise InputError(f"{name} is {fault}")
        if name in self._newest:
            before_s = self._newest[name][1]
            if stamp_s < before_s and not self._ahead(before_s, now_s):
                return False
        self._newest[name] = (array, stamp_s)
        return True

    def observe(self, now_s: float) -> Observation | Refusal:
        """The newest observation. Its age is that of its oldest input.

        Refused while an input is missing, the oldest is older than allowed, or the clock has been set back
        since one came.
        """
        for name in self._shapes:
            if name not in self._newest:
                return Refusal(name, math.inf, f"waiting for {name}")
            if fault := self._ahead(self._newest[name][1], now_s):
                return Refusal(name, math.inf, f"waiting for a new {name}: the last one is {fault}")
        oldest = min(self._shapes, key=lambda name: self._newest[name][1])
        stamp_s = self._newest[oldest][1]
        age_s = now_s - stamp_s
        if age_s > self._max_age_s:
            return Refusal(oldest, age_s, f"{oldest} is {age_s:.2f} s old, {self._max_age_s} s are allowed")
        return Observation({name: self._newest[name][0] for name in self._shapes}, stamp_s)

    def common_stamp_s(self) -> float | None:
        """The stamp that all inputs bear, as in simulation in lockstep; None while they differ."""
        stamps = {self._newest[name][1] if name in self._newest else None for name in self._shapes}
        return stamps.pop() if len(stamps) == 1 else None

    def _ahead(self, stamp_s: float, now_s: float) -> str:
        return stamp_fault(stamp_s, now_s, ahead_s=self._max_ahead_s)

    def _check(self, name: str, array: NDArray) -> None:
        if name not in self._shapes:
            raise InputError(f"{name} isn't among the inputs {sorted(self._shapes)}")
        dtype, shape = np.dtype(np.uint8 if name.startswith(IMAGE_PREFIX) else np.float32), self._shapes[name]
        if array.dtype != dtype or array.shape != shape:
            raise InputError(f"{name}: got {array.dtype} {list(array.shape)}, expected {dtype} {list(shape)}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(f"{name} holds a number that isn't finite: {array.tolist()}")
