"""The gate's guarantees over very many random inputs: GATE_FUZZ_INPUTS=1000000 for a million of them."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import pytest
from watched_gate import FAULTS, WatchedGate

INPUTS = int(os.environ.get("GATE_FUZZ_INPUTS", "100000"))
SEEDS = 4
INPUTS_A_GATE = 500
JUNK: tuple[Any, ...] = (
    None,
    "forward",
    [],
    [0.0] * 6,
    [[0.0] * 7],
    [math.nan] * 7,
    [math.inf, 0, 0, 0, 0, 0, 0],
)
WILD = (math.nan, math.inf, -math.inf, 1e300, 0.0)
AGES_S = (0.0, 0.0, 0.0, 0.05, 0.15, 0.3, -0.3)


class Fuzz:
    """Sends one gate random inputs; every command in between is looked at."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._gate = WatchedGate(rng.uniform(-1, 1, 6).tolist())
        self.inputs = 0
        #: A kind of input, and how often it comes.
        self._kinds = {
            self._follow: 40, self._act: 40, self._push: 8, self._jump: 4, self._junk: 4, self._wait: 1,
            self._squeeze: 1, self._break: 1, self._recover: 6, self._rest: 1, self._lose_fingers: 1,
            self._word: 2,
        }  # fmt: skip
        shares = np.array(list(self._kinds.values()), float)
        self._shares = shares / shares.sum()

    def run(self) -> None:
        kinds = list(self._kinds)
        for kind in self._rng.choice(len(kinds), INPUTS_A_GATE, p=self._shares):
            kinds[kind]()
            self.inputs += 1
            self._gate.command()

    def _offset(self) -> list[float]:
        return self._rng.uniform(-1, 1, 6).tolist()

    def _choice(self, values: tuple[Any, ...]) -> Any:
        return values[self._rng.integers(len(values))]

    def _follow(self) -> None:
        self._gate.follow(self._choice((0.0, 0.001, 0.01, 0.02, 0.1)), self._offset(), 1)

    def _act(self) -> None:
        self._gate.act(self._rng.uniform(-1.5, 1.5, 7).tolist(), self._choice(AGES_S))

    def _push(self) -> None:
        self._gate.push(self._offset(), self._choice((0.005, 0.05, 0.3)), self._choice(AGES_S), 1)

    def _jump(self) -> None:
        """One wild reading, or a few: a second arm may be publishing on the same topic."""
        self._gate.push(self._offset(), 2.0, self._choice(AGES_S), self._choice((1, 1, 2, 3)))

    def _junk(self) -> None:
        self._gate.act_junk(self._choice(JUNK))
        self._gate.act_without_time(self._choice(WILD[:3]), [0.0] * 7)
        position, quaternion = self._rng.uniform(-1, 1, 3), self._rng.uniform(-1, 1, 4)
        position[self._rng.integers(3)] = self._choice(WILD)
        quaternion[self._rng.integers(4)] = self._choice(WILD)
        self._gate.measure_junk(position.tolist(), quaternion.tolist())

    def _wait(self) -> None:
        self._gate.now += self._rng.uniform(0.1, 5)

    def _squeeze(self) -> None:
        self._gate.squeeze(self._rng.random() < 0.5)

    def _break(self) -> None:
        self._gate.break_something(self._choice(FAULTS))

    def _word(self) -> None:
        if self._rng.random() < 0.5:
            self._gate.allow()
        self._gate.arm()

    def _rest(self) -> None:
        self._gate.rest()

    def _lose_fingers(self) -> None:
        self._gate.lose_the_fingers(self._offset(), 8)

    def _recover(self) -> None:
        if self._rng.random() < 0.5:
            self._gate.guide_home()
        self._gate.recover(self._rng.random() < 0.8)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.timeout(3600)
def test_no_random_input_gets_past_the_gate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sent = 0
    while sent < INPUTS / SEEDS:
        fuzz = Fuzz(rng)
        fuzz.run()
        sent += fuzz.inputs
