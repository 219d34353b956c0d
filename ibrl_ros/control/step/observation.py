"""Assembler: makes an observation from the newest value of every input, or says why it can't."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.control.stamps import AHEAD_S, stamp_fault
from ibrl_ros.data.episode import IMAGE_PREFIX

#: Largest age of an observation's inputs, s.
MAX_AGE_S = 0.2


@dataclass(frozen=True)
class Observation:
    """The observation of one step.

    Attributes:
        arrays: "images/<camera>" uint8 [H, W, 3], "prop" float32 [P], in simulation "state" float32 [S].
        stamp_s: capture time of the oldest input, s.
    """

    arrays: dict[str, NDArray]
    stamp_s: float


class Refusal(NamedTuple):
    """Why there is no observation.

    Attributes:
        name: name of the missing or old input, as in Observation.arrays.
        age_s: age of this input, s; infinity if it never came.
        why: the reason as a sentence.
    """

    name: str
    age_s: float
    why: str


class InputError(ValueError):
    """An input has a wrong type, shape or stamp, or is not finite."""


class Assembler:
    """Holds the newest array of every input.

    If the clock was set back, older inputs have stamps in the future; they are then not used.
    """

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        max_age_s: float = MAX_AGE_S,
        max_ahead_s: float = AHEAD_S,
    ) -> None:
        """Create an assembler without inputs.

        Args:
            shapes: shape of every input, by its name in Observation.arrays. Images are uint8, others float32.
            max_age_s: largest age of the inputs of an observation, s.
            max_ahead_s: largest time of a stamp in the future, s; infinity in lockstep, where the inputs'
                stamps are the time.
        """
        self._shapes = dict(shapes)
        self._max_age_s, self._max_ahead_s = max_age_s, max_ahead_s
        self._newest: dict[str, tuple[NDArray, float]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(self._shapes)

    def has(self, name: str) -> bool:
        """Whether this input has arrived at least once."""
        return name in self._newest

    def put(self, name: str, array: NDArray, stamp_s: float, now_s: float = math.inf) -> bool:
        """Store an input. The array is not copied, so it must not be changed afterwards.

        Args:
            name: name of the input, as in Observation.arrays.
            array: value of the input.
            stamp_s: capture time, s.
            now_s: time of arrival on this machine's clock, s; infinity if unknown.

        Returns:
            False if the input is older than the stored one, and was ignored.

        Raises:
            InputError: wrong type or shape, a number that is not finite, or a stamp in the future.
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

    def forget_ahead(self, now_s: float) -> None:
        """Forget inputs with later stamps: those of a simulation that was started anew since."""
        self._newest = {name: held for name, held in self._newest.items() if held[1] <= now_s}

    def observe(self, now_s: float) -> Observation | Refusal:
        """The newest observation, or a refusal.

        Refused if an input is missing, too old, or stamped in the future because the clock was set back.
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
        """The common stamp of all inputs, as in lockstep, s; None if the stamps differ."""
        stamps = {self._newest[name][1] if name in self._newest else None for name in self._shapes}
        return stamps.pop() if len(stamps) == 1 else None

    def _ahead(self, stamp_s: float, now_s: float) -> str:
        return stamp_fault(stamp_s, now_s, ahead_s=self._max_ahead_s)

    def _check(self, name: str, array: NDArray) -> None:
        if name not in self._shapes:
            raise InputError(f"{name} is not an input; the inputs are {sorted(self._shapes)}")
        dtype, shape = np.dtype(np.uint8 if name.startswith(IMAGE_PREFIX) else np.float32), self._shapes[name]
        if array.dtype != dtype or array.shape != shape:
            raise InputError(f"{name}: got {array.dtype} {list(array.shape)}, expected {dtype} {list(shape)}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InputError(f"{name} holds a number that is not finite: {array.tolist()}")
