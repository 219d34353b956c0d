"""What the learner sends gets through; what another program, agent or run would send is refused by name."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from small_runs import make_config, make_episode, make_run

from ibrl_ros.learning.received_weights import ReceivedWeights
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import pack, unpack
from ibrl_ros.learning.weights_error import WeightsError
from ibrl_ros.rl import AgentConfig
from ibrl_ros.rl.snapshot import MismatchError

CONFIG = make_config()


def make_trainer(folder: Path, config: AgentConfig = CONFIG) -> Trainer:
    return Trainer(make_run(folder), config, seed=1)


def test_what_a_learner_sends_gets_through(tmp_path: Path) -> None:
    trainer, incoming = make_trainer(tmp_path), ReceivedWeights(CONFIG)
    bc, agent = incoming.policies(trainer.proposal_weights())
    version, tensors, *_ = incoming.acting(trainer.acting)
    assert version == trainer.version
    agent.load_acting_state(tensors)
    obs = episode_tensors(make_episode(7), CONFIG)
    assert torch.equal(bc.propose(obs), trainer.bc.propose(obs))
    ours, theirs = agent.acting_state(), trainer.agent.acting_state()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


@pytest.mark.parametrize("accepted", [False, True], ids=["as the first", "after good ones"])
@pytest.mark.parametrize(
    ("changes", "key"),
    [({"actor": {"hidden_dim": 24}}, "actor.net.0.weight"), ({"bc": {"hidden_dim": 24}}, "net.0")],
)
def test_another_agent_is_refused_by_key_and_shapes(
    tmp_path: Path, changes: dict[str, Any], key: str, accepted: bool
) -> None:
    good, other = make_trainer(tmp_path / "a"), make_trainer(tmp_path / "b", make_config(**changes))
    incoming = ReceivedWeights(CONFIG)
    if accepted:
        incoming.policies(good.proposal_weights())
    with pytest.raises(MismatchError, match=rf"{key}.* is \(24, 5\) in the checkpoint, \(16, 5\)"):
        incoming.policies(other.proposal_weights())
        incoming.acting(other.acting)
    assert incoming.policies(good.proposal_weights())
    assert incoming.acting(good.acting)[0] == 0


def test_other_observations_are_refused_and_told(tmp_path: Path) -> None:
    incoming, trainer = ReceivedWeights(CONFIG), make_trainer(tmp_path)
    incoming.acting(trainer.acting)
    tensors, facts = unpack(trainer.acting)
    facts["spec"]["state_dim"] = 9
    with pytest.raises(MismatchError, match=r"state_dim=9.*expected.*state_dim=5"):
        incoming.acting(pack(tensors, facts))


@pytest.mark.parametrize(
    "facts", [{}, {"spec": 3}, {"spec": {"images": {}, "prop_dim": 8, "state_dim": 5}}, []]
)
def test_what_no_learner_sends_is_refused(facts: Any) -> None:
    for content in (b"noise", pack({"w": torch.zeros(2)}, facts)):
        with pytest.raises(WeightsError):
            ReceivedWeights(CONFIG).acting(content)


@pytest.mark.parametrize(
    "spec",
    [
        {"images": {}, "prop_dim": 10**12, "state_dim": 5},
        {"images": {}, "prop_dim": 8, "state_dim": 2**62},
        {"images": {}, "prop_dim": -1, "state_dim": 5},
        {"images": {}, "prop_dim": 8.5, "state_dim": 5},
        {"images": {"wrist": [3, 10**6, 10**6]}, "prop_dim": 8, "state_dim": 5},
        {"images": {"other": [3, 48, 48]}, "prop_dim": 8, "state_dim": 5},
    ],
)
def test_sizes_that_would_fill_the_memory_are_refused_before_networks_are_made(spec: Any) -> None:
    content = pack({"w": torch.zeros(2)}, {"spec": spec, "version": 1})
    for receive in (ReceivedWeights(CONFIG).acting, ReceivedWeights(CONFIG).policies):
        with pytest.raises(WeightsError, match=r"a vector of|images of"):
            receive(content)


@pytest.mark.parametrize("version", [None, "3", 1e300, [1], True])
def test_a_version_that_is_none_is_refused(version: Any) -> None:
    spec = {"images": {}, "prop_dim": 8, "state_dim": 5}
    with pytest.raises(WeightsError, match="version"):
        ReceivedWeights(CONFIG).acting(pack({"w": torch.zeros(2)}, {"spec": spec, "version": version}))


def test_any_observations_are_refused_by_the_right_error() -> None:
    """Another exception would end the node that receives them; here none has the agent's tensors."""
    images = ({}, {"wrist": [3, 48, 48]}, {"front": [3, 48, 48]}, {"wrist": 3}, {"wrist": [3.0, True]}, [], 3)
    sizes = (None, 0, 8, 65536, 8.0, "8", True, [8])
    for observation in ("state", "pixels"):
        config = make_config(observation)
        for image, prop, state, version in itertools.product(images, sizes, sizes, (1, "1")):
            spec = {"images": image, "prop_dim": prop, "state_dim": state}
            content = pack({"w": torch.zeros(2)}, {"spec": spec, "version": version})
            with pytest.raises((WeightsError, MismatchError)):
                ReceivedWeights(config).acting(content)
            with pytest.raises((WeightsError, MismatchError)):
                ReceivedWeights(config).policies(content)
