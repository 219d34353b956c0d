"""What holds for every algorithm and every imitation policy of the project, whichever it is."""

from __future__ import annotations

import pytest
import torch
from small_agents import ACTION_DIM, SPEC, make_actions, make_batch, make_config, make_obs

from ibrl_ros.registers import ALGORITHMS, PROPOSALS
from ibrl_ros.rl import Agent, build_agent, build_bc

algorithms = pytest.mark.parametrize("algorithm", ALGORITHMS.names())
policies = pytest.mark.parametrize("policy", PROPOSALS.names())


def make_agent(algorithm: str, observation: str, seed: int = 0) -> Agent:
    config = make_config(observation, algorithm=algorithm, average_decay=0.9)
    return build_agent(config, SPEC, ACTION_DIM, seed)


def learned(agent: Agent, updates: int = 2) -> Agent:
    for seed in range(updates):
        demos = make_batch(seed=seed + 50) if agent.needs_demos else None
        metrics = agent.update(make_batch(seed=seed), update_actor=True, demos=demos)
        assert (
            all(value.shape == () and not value.requires_grad for value in metrics.values())
            and "q_target" in metrics
        )
    return agent


def same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> bool:
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


@algorithms
def test_what_is_restored_goes_on_as_what_was_saved(algorithm: str, observation: str) -> None:
    original, restored = (make_agent(algorithm, observation, seed) for seed in (0, 1))
    original.begin_learning()
    restored.load_state_dict(learned(original).state_dict())
    assert same(learned(original).state_dict(), learned(restored).state_dict())
    assert original.updates == 4


@algorithms
def test_who_gets_the_acting_weights_acts_alike(algorithm: str, observation: str) -> None:
    learner, robot = (make_agent(algorithm, observation, seed) for seed in (0, 1))
    robot.load_acting_state(learned(learner).acting_state())
    obs, proposals, choices = make_obs(5), make_actions(5, 2), []
    for agent in (learner, robot):
        agent.begin(7)
        choices.append(agent.act(obs, proposals, explore=True))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(*choices, strict=True))
    assert choices[0].action.abs().max() <= 1
    assert learner.averaged_state().keys() == learner.acting_state().keys()


@algorithms
def test_a_model_names_its_algorithm(algorithm: str) -> None:
    assert ALGORITHMS.find(algorithm).Config().algorithm == algorithm


@policies
def test_a_model_names_its_policy(policy: str, observation: str) -> None:
    assert PROPOSALS.find(policy).Config().policy == policy
    small = {"policy": policy, "feature_dim": 8, "hidden_dim": 16}
    config = make_config(observation, bc=small)
    proposed = build_bc(config, SPEC, ACTION_DIM, seed=0).propose(make_obs(2))
    assert proposed.shape == (2, 1, ACTION_DIM) and proposed.abs().max() <= 1
