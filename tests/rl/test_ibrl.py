from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_agents import ACTION_DIM, SPEC, make_actions, make_batch, make_config, make_obs

from ibrl_ros.rl import IbrlAgent, build_agent
from ibrl_ros.rl.augment import PAD


def make_agent(observation: str, seed: int = 0, **changes: object) -> IbrlAgent:
    return build_agent(make_config(observation, **changes), SPEC, ACTION_DIM, seed)


def weights(agent: IbrlAgent) -> dict[str, torch.Tensor]:
    return {key: value.clone() for key, value in agent.networks.state_dict().items()}


def changed(before: dict[str, torch.Tensor], agent: IbrlAgent) -> set[str]:
    """Modules any of whose weights differ from `before`."""
    now = agent.networks.state_dict()
    return {key.split(".")[0] for key, value in before.items() if not torch.equal(value, now[key])}


@settings(deadline=None, max_examples=15)
@given(batch=st.integers(1, 4), proposals=st.integers(0, 3), seed=st.integers(0, 99))
def test_ibrl_acts_with_the_best_of_the_candidates(batch: int, proposals: int, seed: int) -> None:
    agent = make_agent("pixels", seed)
    proposed = make_actions(batch, proposals, seed=seed)
    choice = agent.act(make_obs(batch, seed), proposed, explore=True)
    assert choice.q.shape == (batch, proposals + 1)
    for row in range(batch):
        source = int(choice.source[row])
        assert choice.q[row, source] == choice.q[row].max()
        if source > 0:
            assert torch.equal(choice.action[row], proposed[row, source - 1])


def test_rl_takes_its_own_action_however_good_the_proposal(observation: str) -> None:
    agent = make_agent(observation, act_method="rl")
    obs = make_obs(3)
    choice = agent.act(obs, make_actions(3, 2), explore=False)
    assert choice.source.tolist() == [0, 0, 0]
    assert torch.equal(choice.action, agent.networks.actor(agent.networks.features(obs), obs["prop"]))


def test_exploring_adds_noise_and_evaluating_does_not(observation: str) -> None:
    agent, obs, none = make_agent(observation, act_method="rl"), make_obs(2), make_actions(2, 0)
    still = [agent.act(obs, none, explore=False).action for _ in range(2)]
    noisy = [agent.act(obs, none, explore=True).action for _ in range(2)]
    assert torch.equal(*still)
    assert not torch.equal(*noisy)
    assert all(action.abs().max() < 1 for action in noisy)


@pytest.mark.parametrize("again", [[0, 1], [1, 2], [3, 2]])
def test_targets_are_valued_by_members_drawn_anew(again: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    agent, batch = make_agent("state", act_method="rl", bootstrap_method="ibrl"), make_batch()
    drawn = iter([torch.tensor([0, 1]), torch.tensor(again)])
    monkeypatch.setattr(agent, "_smoothed", torch.zeros_like)
    monkeypatch.setattr(agent.draws, "subset", lambda total, size: next(drawn))
    target, index = agent._target(batch)
    candidates = torch.cat([torch.zeros_like(batch.next_proposals), batch.next_proposals], 1)
    values = agent.networks.critic_target(batch.next_obs["state"], batch.next_obs["prop"], candidates)
    assert torch.equal(index, values[..., [0, 1]].amin(-1).argmax(1))
    lowest = values[torch.arange(len(index)), index][:, again].amin(-1)
    torch.testing.assert_close(target, batch.reward + batch.discount * lowest)


def test_noise_follows_its_schedule(observation: str) -> None:
    schedule = {"start": 0.5, "end": 0.0, "steps": 100}
    agent = make_agent(observation, act_method="rl", exploration_std=schedule)
    obs, none = make_obs(2), make_actions(2, 0)
    still = agent.act(obs, none, explore=False).action
    assert not torch.equal(agent.act(obs, none, explore=True, env_step=0).action, still)
    assert torch.allclose(agent.act(obs, none, explore=True, env_step=100).action, still)


def test_only_exploring_is_left_to_chance() -> None:
    agent, obs = make_agent("state", act_epsilon=1.0, exploration_std=0.0), make_obs(64)
    proposals = make_actions(64, 2)
    best = agent.act(obs, proposals, explore=False)
    assert torch.equal(best.source, best.q.argmax(1))
    assert set(agent.act(obs, proposals, explore=True).source.tolist()) == {0, 1, 2}


def test_the_seed_decides_weights_and_draws(observation: str) -> None:
    torch.manual_seed(1)
    one = make_agent(observation, seed=3)
    torch.manual_seed(2)
    other = make_agent(observation, seed=3)
    metrics = [agent.update(make_batch(), update_actor=True) for agent in (one, other)]
    assert metrics[0] == metrics[1]
    assert changed(weights(one), other) == set()
    assert changed(weights(one), make_agent(observation, seed=4)) != set()


def test_building_and_updating_leave_the_global_generator_alone(observation: str) -> None:
    before = torch.get_rng_state()
    make_agent(observation).update(make_batch(), update_actor=True)
    assert torch.equal(before, torch.get_rng_state())


def test_a_resumed_agent_goes_on_bit_by_bit(observation: str) -> None:
    original = make_agent(observation)
    for seed in range(2):
        original.update(make_batch(seed=seed), update_actor=True)
    saved = {key: value.clone() for key, value in original.state_dict().items()}
    resumed = make_agent(observation, seed=9)
    resumed.load_state_dict(saved)
    for seed in range(2, 4):
        metrics = [a.update(make_batch(seed=seed), update_actor=True) for a in (original, resumed)]
        assert metrics[0] == metrics[1]
    now = resumed.state_dict()
    assert all(torch.equal(value, now[key]) for key, value in original.state_dict().items())
    assert resumed.updates == 4


def test_the_acting_state_is_all_that_acting_needs(observation: str) -> None:
    learner, robot = make_agent(observation), make_agent(observation, seed=9)
    learner.update(make_batch(), update_actor=True)
    state = learner.acting_state()
    robot.load_acting_state(state)
    obs, proposals = make_obs(3), make_actions(3, 2)
    robot.draws.set_state(learner.draws.get_state())
    ours, theirs = (agent.act(obs, proposals, explore=False) for agent in (learner, robot))
    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert not any(key.startswith(("critic.", "actor_target.")) for key in state)


def test_the_acting_state_does_not_follow_later_updates() -> None:
    agent = make_agent("state")
    state = agent.acting_state()
    before = {key: value.clone() for key, value in state.items()}
    agent.update(make_batch(), update_actor=True)
    assert all(torch.equal(value, before[key]) for key, value in state.items())


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_leaves_the_weights_untouched(observation: str, bad: float) -> None:
    agent, batch = make_agent(observation), make_batch()
    before = weights(agent)
    batch.reward[0] = bad
    with pytest.raises(FloatingPointError, match="critic's loss"):
        agent.update(batch, update_actor=True)
    assert changed(before, agent) == set()


def test_without_the_actor_only_encoder_and_critic_learn() -> None:
    agent = make_agent("pixels")
    before = weights(agent)
    assert "actor_loss" not in agent.update(make_batch(), update_actor=False)
    assert changed(before, agent) == {"encoder", "critic", "critic_target"}


def test_the_actors_loss_reaches_the_actor_only() -> None:
    alone, both = make_agent("pixels"), make_agent("pixels")
    alone.update(make_batch(), update_actor=False)
    both.update(make_batch(), update_actor=True)
    assert changed(weights(alone), both) == {"actor", "actor_target"}
    for (name, a), b in zip(alone.networks.named_parameters(), both.networks.parameters(), strict=True):
        if name.startswith(("encoder.", "critic.")):
            assert torch.equal(a.grad, b.grad), name
            assert b.requires_grad


def test_targets_move_by_tau(observation: str) -> None:
    agent = make_agent(observation, tau=0.25)
    before = weights(agent)
    agent.update(make_batch(), update_actor=True)
    for key, now in agent.networks.state_dict().items():
        if "_target." in key:
            source = agent.networks.state_dict()[key.replace("_target.", ".")]
            torch.testing.assert_close(now, before[key].lerp(source, 0.25))


def test_targets_are_the_reward_where_nothing_follows(observation: str) -> None:
    agent, batch = make_agent(observation), make_batch()
    target, _ = agent._target(batch._replace(discount=torch.zeros_like(batch.discount)))
    assert torch.equal(target, batch.reward)


def test_clipped_targets_stay_in_range() -> None:
    agent, batch = make_agent("pixels", clip_targets=[0, 1]), make_batch(16)
    free, _ = make_agent("pixels")._target(batch)
    clipped, _ = agent._target(batch)
    assert free.min() < 0
    assert torch.equal(clipped, free.clamp(0, 1))


def test_bootstrapping_takes_the_better_action() -> None:
    """With the same draws, more candidates never lower the target of an ensemble without subsets."""
    batch = make_batch(16, proposals=2)
    own, _ = make_agent("pixels", bootstrap_method="rl")._target(batch)
    best, index = make_agent("pixels", bootstrap_method="ibrl")._target(batch)
    assert (best >= own).all()
    assert torch.equal(best > own, (index > 0) & (batch.discount > 0))


def test_features_are_of_the_shifted_image() -> None:
    agent, obs = make_agent("pixels"), make_obs(1)
    assert torch.equal(agent.networks.features(obs), agent.networks.features(obs, torch.full((1, 2), PAD)))
    assert not torch.equal(
        agent.networks.features(obs), agent.networks.features(obs, torch.zeros(1, 2).long())
    )


def test_an_agent_learns_which_action_pays() -> None:
    """A bandit: reward 1 for a positive first component. The actor finds it."""
    agent = make_agent("state", lr=3e-3, bootstrap_method="rl", act_method="rl")
    for seed in range(150):
        batch = make_batch(64, seed=seed)
        reward = (batch.action[:, 0] > 0).float()
        agent.update(batch._replace(reward=reward, discount=torch.zeros(64)), update_actor=True)
    action = agent.act(make_obs(32, seed=1), make_actions(32, 0), explore=False).action
    assert (action[:, 0] > 0).float().mean() > 0.9


def test_a_missing_camera_is_named() -> None:
    with pytest.raises(ValueError, match=r"'front'.*'wrist'"):
        make_agent("pixels", cameras=["front"])


def test_bf16_learns_nearly_the_same(observation: str) -> None:
    exact, coarse = (make_agent(observation, precision=precision) for precision in ("fp32", "bf16"))
    for seed in range(3):
        ours, theirs = (
            agent.update(make_batch(32, seed=seed), update_actor=True) for agent in (exact, coarse)
        )
        for key in ("critic_loss", "actor_loss", "q_target"):
            assert theirs[key].item() == pytest.approx(ours[key].item(), rel=0.1, abs=0.02), key
    assert all(value.dtype == torch.float32 for value in coarse.networks.state_dict().values())
    assert all(
        torch.equal(a, b) for a, b in zip(exact.draws.get_state(), coarse.draws.get_state(), strict=True)
    )
