"""Everything of a case that the agent computes, under the case's keys."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from conformance.case import Case
from conformance.named_weights import digest
from conformance.replayed_draws import ReplayedDraws
from ibrl_ros.rl import Batch, BcPolicy, IbrlAgent
from ibrl_ros.rl.augment import random_shift
from ibrl_ros.rl.choice import pick, soft_probabilities

Values = Iterator[tuple[str, Tensor]]

METRICS = {
    "data/batch_R": "reward",
    "train/critic_qt": "q_target",
    "train/critic_loss": "critic_loss",
    "train/actor_loss": "actor_loss",
}


def compute(case: Case) -> dict[str, np.ndarray]:
    """The candidate's values, with digests beside the tensors."""
    agent, bc = case.agent(), case.bc()
    parts = (_outputs(case, agent, bc), _candidates(case, agent), _actions(case, agent, bc))
    updates = (_update(case, agent, bc, f"upd{k}") for k in range(_updates(case)))
    values = {k: v.cpu().numpy() for k, v in itertools.chain(*parts, *updates)}
    return values | {f"{k}#digest": digest(k, v) for k, v in values.items() if f"{k}#digest" in case.arrays}


def _updates(case: Case) -> int:
    return len({key.split("/")[0] for key in case.arrays if key.startswith("upd")})


@torch.no_grad()
def _outputs(case: Case, agent: IbrlAgent, bc: BcPolicy) -> Values:
    obs, nets = case.obs("in/obs"), agent.networks
    features, prop = nets.features(obs), obs["prop"]
    yield "out/bc_action", bc.propose(obs)[:, 0]
    yield "out/feat", features.clone()
    for name, actor in (("actor", nets.actor), ("actor_target", nets.actor_target)):
        yield f"out/{name}_mean", actor(features, prop)
    for name, critic in (("critic", nets.critic), ("critic_target", nets.critic_target)):
        values = critic(features, prop, case.tensor("in/action").unsqueeze(1))[:, 0]
        yield f"out/{name}_q", values
        for member in range(values.shape[1]):
            yield f"out/{name}_q{member + 1}", values[:, member]


@torch.no_grad()
def _candidates(case: Case, agent: IbrlAgent) -> Values:
    """The choice among given actions; which members the reference drew for it is read off its values."""
    obs, nets = case.obs("in/obs"), agent.networks
    q = nets.critic_target(nets.features(obs), obs["prop"], case.tensor("in/cand"))
    yield "out/cand_q_all", q
    lowest = q[..., _drawn_members(case, agent.config.critic.sampled_nets)].amin(-1)
    yield "out/cand_qmin", lowest
    yield "out/cand_argmax", lowest.argmax(1)
    for key in case.arrays:
        if key.startswith("out/cand_soft_p_beta"):
            yield key, soft_probabilities(lowest, float(key.removeprefix("out/cand_soft_p_beta")))


def _drawn_members(case: Case, size: int) -> list[int]:
    if "out/cand_q_all" not in case.arrays:
        return list(range(size))
    q, lowest = case.arrays["out/cand_q_all"], case.arrays["out/cand_qmin"]
    subsets = (list(subset) for subset in itertools.combinations(range(q.shape[-1]), size))
    return next(subset for subset in subsets if np.array_equal(q[..., subset].min(-1), lowest))


def _actions(case: Case, agent: IbrlAgent, bc: BcPolicy) -> Values:
    agent.draws = ReplayedDraws(case.arrays, "act/", case.device)
    obs = case.obs("in/obs")
    for key in ("act/eval", "act/explore_std0.1"):
        yield key, agent.act(obs, bc.propose(obs), explore="explore" in key).action
    assert agent.draws.left == 0, "the reference drew more to act"


def _update(case: Case, agent: IbrlAgent, bc: BcPolicy, name: str) -> Values:
    obs, next_obs = case.obs(f"{name}/in/obs"), case.obs(f"{name}/in/next_obs")
    action, reward, discount = (case.tensor(f"{name}/in/{key}") for key in ("action", "reward", "discount"))
    batch = Batch(obs, action, reward, discount, bc.propose(obs), next_obs, bc.propose(next_obs))
    agent.draws = draws = ReplayedDraws(case.arrays, f"{name}/", case.device)

    features = _record(agent.networks, "features")
    targets = _record(agent, "_target")
    valued = _record_values(agent.networks.critic_target)
    metrics = agent.update(batch, update_actor=f"{name}/train/actor_loss" in case.arrays)
    assert draws.left == 0, "the reference drew more in this update"

    if case.camera is not None:
        yield f"{name}/feat", features[0][1].detach()
        yield f"{name}/next_feat", features[1][1]
        shift = ReplayedDraws(case.arrays, f"{name}/", case.device).shift(len(action), 4)
        yield f"{name}/aug_obs_u8(round)", random_shift(obs[f"images/{case.camera}"], shift)
    (_, (target, index)), (candidates, q) = targets[0], valued[0]
    yield f"{name}/td_target", target
    yield f"{name}/target_call0_action", candidates.flatten(0, 1)
    yield f"{name}/target_call0_q", q.flatten(0, 1)
    yield f"{name}/target_call1_action", pick(candidates, index)
    yield f"{name}/target_call1_q", pick(q, index)
    yield from ((f"{name}/{key}", metrics[ours]) for key, ours in METRICS.items() if ours in metrics)
    for key, parameter in agent.networks.named_parameters():
        if parameter.grad is not None:
            yield f"{name}/grad/{key}", parameter.grad.clone()
        yield f"{name}/post/{key}", parameter.detach().clone()


def _record(owner: object, method: str) -> list[tuple]:
    """Calls of `owner.method` from now on, as (arguments, result)."""
    calls: list[tuple] = []
    original = getattr(type(owner), method)

    def recording(*args: object) -> object:
        result = original(owner, *args)
        calls.append((args, result))
        return result

    object.__setattr__(owner, method, recording)
    return calls


def _record_values(critic: nn.Module) -> list[tuple[Tensor, Tensor]]:
    """Actions that the critic values from now on, and their values by all members, asked for or not."""
    calls: list[tuple[Tensor, Tensor]] = []
    original = type(critic).forward

    def recording(features: Tensor, prop: Tensor, actions: Tensor, members: Tensor | None = None) -> Tensor:
        calls.append((actions, original(critic, features, prop, actions)))
        return original(critic, features, prop, actions, members)

    object.__setattr__(critic, "forward", recording)
    return calls
