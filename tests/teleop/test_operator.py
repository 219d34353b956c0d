"""What holds for every scripted operator."""

from __future__ import annotations

import numpy as np
import pytest

from ibrl_ros.config import load_task
from ibrl_ros.registers import OPERATORS
from ibrl_ros.teleop.scripted import make_operator
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand


@pytest.mark.parametrize("name", ["lift", "drawer", "hang"])
def test_it_finds_the_state_s_components_by_their_names(name: str) -> None:
    task, rng = load_task(name), np.random.default_rng(0)
    names = np.array(task.state_names)
    order = rng.permutation(len(names))
    hand = UnsteadyHand(0.2, task.position_scale_m, task.rotation_scale_rad)
    ours, other = make_operator(task, noise=0.2), OPERATORS.find(name)(hand, tuple(names[order]))
    for operator in (ours, other):
        operator.reset(7)
    for _ in range(20):
        prop = np.array([0.5, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0, rng.random()], np.float32)
        state = rng.normal(size=len(names)).astype(np.float32)
        np.testing.assert_array_equal(ours.command(prop, state), other.command(prop, state[order]))
        assert ours.phase == other.phase
