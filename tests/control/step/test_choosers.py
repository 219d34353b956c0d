"""Acting sees what learning sees, and an episode is a function of its seed and the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from ibrl_ros.control.step.choosers import PolicyChooser, person
from ibrl_ros.data.observation_store import stack_history
from ibrl_ros.rl import BcPolicy, IbrlConfig, ObservationSpec
from ibrl_ros.rl.agent import build_agent
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.proposals.build import build_bc
from ibrl_ros.rl.spec import Obs

PROP_DIM, STATE_DIM, ACTION_DIM = 8, 5, 7


def make_config(**changes: Any) -> IbrlConfig:
    tiny = {"hidden_dim": 16, "layers": 1}
    settings = {"observation": "state", "prop_stack": 3, "critic": tiny, "actor": tiny, "bc": tiny, **changes}
    return IbrlConfig.model_validate(settings)


def make_chooser(config: IbrlConfig, *, agent: bool = True) -> PolicyChooser:
    spec = ObservationSpec({}, PROP_DIM * config.prop_stack, STATE_DIM)
    bc = build_bc(config, spec, ACTION_DIM, 0).eval()
    return PolicyChooser(config, bc, build_agent(config, spec, ACTION_DIM, 0) if agent else None)


def make_steps(count: int, seed: int = 0) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    sizes = {"prop": PROP_DIM, "state": STATE_DIM}
    return [
        {name: rng.normal(size=size).astype(np.float32) for name, size in sizes.items()} for _ in range(count)
    ]


def act(chooser: PolicyChooser, steps: list[dict[str, np.ndarray]], **how: bool) -> np.ndarray:
    return np.stack([chooser.choose(arrays, **how).action for arrays in steps])


class SeeingBc(BcPolicy):
    """A policy that notes what it is shown."""

    def __init__(self) -> None:
        super().__init__(Draws(0))
        self.seen: list[np.ndarray] = []

    def begin(self, seed: int) -> None:
        self.seen.clear()

    def propose_next(self, obs: Obs) -> Tensor:
        self.seen.append(obs["prop"].numpy().copy())
        return torch.zeros(1, 1, ACTION_DIM)


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 8), min_size=1, max_size=3), depth=st.integers(1, 4))
def test_proprioception_is_stacked_as_for_learning(lengths: list[int], depth: int) -> None:
    bc = SeeingBc()
    chooser = PolicyChooser(make_config(prop_stack=depth), bc)
    for number, length in enumerate(lengths):
        steps = make_steps(length, number)
        chooser.begin(seed=number)
        act(chooser, steps)
        props, rows = np.stack([arrays["prop"] for arrays in steps]), np.arange(length)
        expected = stack_history(props, rows, np.zeros(length, np.int64), depth)
        np.testing.assert_array_equal(np.concatenate(bc.seen), expected)


@pytest.mark.parametrize("method", ["ibrl", "ibrl_soft", "rl"])
def test_the_same_seed_gives_the_same_episode(method: str) -> None:
    chooser, steps = make_chooser(make_config(act_method=method)), make_steps(40)
    runs = []
    for seed in (1, 2, 1):
        chooser.begin(seed)
        runs.append(act(chooser, steps, explore=True))
    np.testing.assert_array_equal(runs[0], runs[2])
    assert not np.array_equal(runs[0], runs[1])


def test_without_exploration_the_seed_does_not_matter() -> None:
    config = make_config(critic={"nets": 2, "sampled_nets": 2, "hidden_dim": 16, "layers": 1})
    chooser, steps = make_chooser(config), make_steps(6)
    chooser.begin(1)
    first = act(chooser, steps)
    chooser.begin(2)
    np.testing.assert_array_equal(first, act(chooser, steps))


def test_the_action_is_that_of_its_source() -> None:
    """Many observations, so that both the actor and BC are chosen at times."""
    config = make_config()
    chooser, alone = make_chooser(config), make_chooser(config, agent=False)
    sources = set()
    for seed, arrays in enumerate(make_steps(60)):
        for one in (chooser, alone):
            one.begin(seed)
        decision, bc = chooser.choose(arrays), alone.choose(arrays)
        assert bc.source == 1
        assert np.array_equal(decision.action, bc.action) == (decision.source == 1)
        assert decision.action.dtype == np.float32 and not decision.intervention
        sources.add(decision.source)
    assert sources == {0, 1}


def test_bc_alone_acts_in_warm_up() -> None:
    chooser, steps = make_chooser(make_config(warmup_policy="bc")), make_steps(5)
    chooser.begin(0)
    warm = act(chooser, steps, warmup=True, explore=True)
    alone = make_chooser(chooser.config, agent=False)
    alone.begin(0)
    np.testing.assert_array_equal(warm, act(alone, steps))


def test_a_person_is_cut_to_the_range_and_marked() -> None:
    decision = person(np.array([2, -2, 0, 0, 0, 0, 1.5]), intervention=True)
    assert decision.action.tolist() == [1, -1, 0, 0, 0, 0, 1]
    assert (decision.action.dtype, decision.source, decision.intervention) == (np.float32, -1, True)
