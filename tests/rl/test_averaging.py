"""Weights that act are an average of those that learn."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_agents import make_agent, make_batch

from ibrl_ros.rl.averaging import WeightAverage


@given(st.floats(0.01, 0.9), st.lists(st.floats(-10, 10), min_size=1, max_size=6))
def test_an_average_starts_at_the_weights_and_follows_at_its_rate(rate: float, seen: list[float]) -> None:
    average, expected = WeightAverage(rate), seen[0]
    for value in seen:
        expected += rate * (value - expected)
        average.follow({"w": torch.tensor([value], dtype=torch.float64), "count": torch.tensor(7)})
    assert average.weights["w"].item() == pytest.approx(expected, abs=1e-9)
    assert average.weights["count"] == 7


def test_acting_lags_behind_learning_by_the_rate(observation: str) -> None:
    plain, averaged = make_agent(observation), make_agent(observation, acting_average=0.25)
    for agent in (plain, averaged):
        agent.update(make_batch(seed=0), update_actor=True)
    first = plain.acting_state()
    assert all(torch.equal(value, averaged.acting_state()[key]) for key, value in first.items())
    metrics = [agent.update(make_batch(seed=1), update_actor=True) for agent in (plain, averaged)]
    assert metrics[0] == metrics[1]  # it learns as if there were no average
    for key, value in plain.acting_state().items():
        torch.testing.assert_close(averaged.acting_state()[key], first[key] + 0.25 * (value - first[key]))


def test_before_the_first_update_it_acts_with_the_weights_as_loaded(observation: str) -> None:
    agent, other = make_agent(observation, acting_average=0.25), make_agent(observation, seed=9)
    agent.load_acting_state(other.acting_state())
    assert all(torch.equal(value, agent.acting_state()[key]) for key, value in other.acting_state().items())


def test_a_resumed_average_goes_on_bit_by_bit(observation: str) -> None:
    original, resumed = (make_agent(observation, seed=seed, acting_average=0.25) for seed in (1, 2))
    for seed in range(2):
        original.update(make_batch(seed=seed), update_actor=True)
    saved = {key: value.clone() for key, value in original.state_dict().items()}
    resumed.load_state_dict(saved)
    for agent in (original, resumed):
        agent.update(make_batch(seed=2), update_actor=True)
    assert all(torch.equal(v, resumed.acting_state()[k]) for k, v in original.acting_state().items())
    again = make_agent(observation, acting_average=0.25)
    again.load_state_dict(saved)  # what was saved did not move with the average that began from it
    assert not all(torch.equal(v, again.acting_state()[k]) for k, v in original.acting_state().items())
