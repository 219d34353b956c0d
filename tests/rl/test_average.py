from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_agents import ACTION_DIM, SPEC, make_batch, make_config

from ibrl_ros.rl import IbrlAgent, build_agent
from ibrl_ros.rl.average import WeightAverage
from ibrl_ros.rl.snapshot import MismatchError


def make_agent(observation: str, acting_average: int) -> IbrlAgent:
    return build_agent(make_config(observation, acting_average=acting_average), SPEC, ACTION_DIM, seed=0)


def learn(agent: IbrlAgent, updates: int) -> list[dict[str, torch.Tensor]]:
    """What the newest weights were after each update."""
    newest = []
    for seed in range(updates):
        agent.update(make_batch(seed=seed), update_actor=True)
        state = agent.networks.state_dict()
        newest.append({key: state[key].clone() for key in agent.acting_state()})
    return newest


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30), st.integers(1, 40))
def test_a_plain_mean_at_first_then_an_exponential_one(numbers: list[float], updates: int) -> None:
    tensor = torch.full((2,), 7.0, dtype=torch.float64)
    average, expected = WeightAverage({"w": tensor}, updates), 7.0
    for count, number in enumerate(numbers, 1):
        tensor.fill_(number)
        average.take(count)
        expected += (number - expected) / min(count, updates)
        if count <= updates:
            assert expected == pytest.approx(sum(numbers[:count]) / count, abs=1e-9)
    assert average.values["w"].tolist() == pytest.approx([expected] * 2, abs=1e-9)


def test_averages_of_other_shapes_are_refused_and_change_nothing() -> None:
    average = WeightAverage({"a": torch.ones(2), "b": torch.ones(3)}, 5)
    for wrong in ({"a": torch.zeros(2)}, {"a": torch.zeros(2), "b": torch.zeros(2)}):
        with pytest.raises(MismatchError, match="b"):
            average.load(wrong)
    assert average.values["a"].tolist() == [1, 1]


def test_an_agent_acts_with_the_mean_and_learns_as_without_it(observation: str) -> None:
    averaging, plain = make_agent(observation, 100), make_agent(observation, 0)
    first = averaging.acting_state()
    assert all(torch.equal(value, plain.acting_state()[key]) for key, value in first.items())
    newest, others = learn(averaging, 4), learn(plain, 4)
    assert all(torch.equal(newest[-1][key], value) for key, value in others[-1].items())
    for key, value in averaging.acting_state().items():
        torch.testing.assert_close(value, torch.stack([one[key] for one in newest]).mean(0))


def test_the_mean_outlasts_a_resume(observation: str) -> None:
    original, resumed = make_agent(observation, 3), make_agent(observation, 3)
    learn(original, 5)
    resumed.load_state_dict({key: value.clone() for key, value in original.state_dict().items()})
    for agent in (original, resumed):
        learn(agent, 2)
    again = resumed.acting_state()
    assert all(torch.equal(value, again[key]) for key, value in original.acting_state().items())
