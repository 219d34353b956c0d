"""Averaged weights are evaluated; learning and exploring go on as if there were none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small_agents import ACTION_DIM, SPEC, make_actions, make_batch, make_config, make_obs
from torch import Tensor

from ibrl_ros.rl import IbrlAgent, build_agent
from ibrl_ros.rl.snapshot import MismatchError
from ibrl_ros.rl.weight_average import WeightAverage

PLAIN = make_config(prop_stack=1)
AVERAGING = make_config(prop_stack=1, average_decay=0.9)

histories = arrays(
    np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=st.floats(-10, 10, width=32)
)


def averaged(history: np.ndarray, decay: float) -> Tensor:
    average = WeightAverage({"w": torch.full((3,), 1e6)}, decay)
    for update, weights in enumerate(history):
        average.follow({"w": torch.from_numpy(weights)}, update)
    return average.state_dict()["w"]


def learned(agent: IbrlAgent, updates: int = 5) -> IbrlAgent:
    for _ in range(updates):
        agent.update(make_batch(), update_actor=True)
    return agent


def agent_of(config: object, seed: int = 0) -> IbrlAgent:
    return build_agent(config, SPEC, ACTION_DIM, seed=seed)  # type: ignore[arg-type]


def assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    assert not [name for name in ours if not torch.equal(ours[name], theirs[name])]


@given(history=histories, decay=st.floats(0.01, 0.999))
def test_it_lies_among_the_weights_that_were_and_forgets_what_was_there_before(
    history: np.ndarray, decay: float
) -> None:
    found = averaged(history, decay).numpy()
    assert np.all(found >= history.min(0) - 1e-4) and np.all(found <= history.max(0) + 1e-4)


@given(history=histories)
def test_the_first_is_taken_as_it_is_and_the_first_few_count_alike(history: np.ndarray) -> None:
    np.testing.assert_array_equal(averaged(history[:1], 0.999), history[0])
    steady = np.repeat(history[:1], 20, 0)
    np.testing.assert_array_equal(averaged(steady, 0.999), history[0])


def test_the_newest_counts_as_much_as_the_decay_says() -> None:
    history = np.zeros((10_000, 3), np.float32)
    history[-1] = 1.0
    np.testing.assert_allclose(averaged(history, 0.99), 0.01, rtol=1e-5)


def test_learning_and_exploring_know_nothing_of_it() -> None:
    plain, averaging = (learned(agent_of(config)) for config in (PLAIN, AVERAGING))
    assert_same(plain.acting_state(), averaging.acting_state())
    state = averaging.state_dict()
    assert_same(plain.state_dict(), {key: state[key] for key in state if not key.startswith("average/")})


def test_the_averaged_policy_chooses_by_the_mean_of_the_weights() -> None:
    agent = agent_of(AVERAGING)
    assert_same(agent.averaged_state(), agent.acting_state())
    expected = learned(agent, 1).acting_state()
    for update in range(1, 6):
        newest = learned(agent, 1).acting_state()
        share = 1 - min(0.9, update / (update + 9))
        expected = {key: expected[key] + share * (newest[key] - expected[key]) for key in expected}
    torch.testing.assert_close(agent.averaged_state(), expected)
    actor = agent_of(PLAIN, seed=1)
    actor.load_acting_state(agent.averaged_state())
    obs, proposals = make_obs(20), make_actions(20, 1)
    assert not torch.equal(
        actor.act(obs, proposals, explore=False).q, agent.act(obs, proposals, explore=False).q
    )


def test_without_it_the_newest_weights_are_evaluated() -> None:
    agent = learned(agent_of(PLAIN))
    assert_same(agent.averaged_state(), agent.acting_state())


def test_it_goes_on_where_it_was_saved() -> None:
    agent, resumed = learned(agent_of(AVERAGING)), agent_of(AVERAGING, seed=1)
    resumed.load_state_dict(agent.state_dict())
    assert_same(resumed.averaged_state(), agent.averaged_state())
    assert_same(learned(resumed).averaged_state(), learned(agent).averaged_state())


def test_a_checkpoint_without_it_is_refused_by_name() -> None:
    with pytest.raises(MismatchError, match="actor"):
        agent_of(AVERAGING).load_state_dict(agent_of(PLAIN).state_dict())
