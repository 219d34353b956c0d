"""From an episode to the weights that act: whatever computes on the trainer's device is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from placement import DEVICE, OneDevice, come_back_as_zeros, leave_out_numbers
from small_runs import arrive, learn, make_config, make_episode, make_run

from ibrl_ros.control.step.choosers import PolicyChooser
from ibrl_ros.learning import bc_training, packed_weights
from ibrl_ros.learning import trainer as trainer_module
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.received_weights import ReceivedWeights
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import unpack
from ibrl_ros.rl import AgentConfig

pytestmark = pytest.mark.filterwarnings("ignore:.*which is a no-op")  # of loading onto `meta`

RFT = {"algorithm": "rft", "act_method": "rl", "bootstrap_method": "rl", "actor_bc_steps": 2}
CASES = {
    "state": make_config("state", average_decay=0.9, bc={"validation_fraction": 0.5}),
    "pixels": make_config("pixels", scale_prop=True),
    "rft": make_config("state", **RFT),
    "committee": make_config("state", bc_others=[{"policy": "diffusion", "hidden_dim": 8, "steps": 2}]),
}


@pytest.fixture(autouse=True)
def without_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_numbers(monkeypatch)
    come_back_as_zeros(monkeypatch)
    for module in (trainer_module, packed_weights):
        monkeypatch.setattr(module, "refuse_spoilt", lambda weights: None)
    monkeypatch.setattr(bc_training, "_refuse_spoilt", lambda policy, examples: None)


@pytest.fixture(params=CASES)
def config(request: pytest.FixtureRequest) -> AgentConfig:
    return CASES[request.param]


def test_a_run_is_learned_on_a_device_resumed_and_acted_with(tmp_path: Path, config: AgentConfig) -> None:
    run = make_run(tmp_path, episodes=0)
    with OneDevice():
        trainer = Trainer(run, config, seed=1, device=DEVICE)
        arrive(trainer, make_episode(0))
        assert learn(trainer)
        trainer.save()
        resumed = Trainer(run, config, seed=1, device=DEVICE)
        assert resumed.updates == trainer.updates
        _act(PolicyChooser(config, *load_agent_policy(run, config, DEVICE)))
        incoming = ReceivedWeights(config, DEVICE)
        bc, agent = incoming.policies(trainer.proposal_weights())
        agent.load_acting_state(incoming.acting(trainer.acting).tensors)
        _act(PolicyChooser(config, bc, agent))
    for content in (trainer.proposal_weights(), trainer.acting):
        assert {tensor.device.type for tensor in unpack(content)[0].values()} == {"cpu"}


def test_what_one_device_began_another_goes_on_with(tmp_path: Path, config: AgentConfig) -> None:
    run = make_run(tmp_path, episodes=1)
    with OneDevice():
        trainer = Trainer(run, config, seed=1, device=DEVICE)
        learn(trainer)
        trainer.save()
    resumed = Trainer(run, config, seed=1)
    assert resumed.updates == trainer.updates
    assert {value.device.type for value in resumed.agent.networks.state_dict().values()} == {"cpu"}


def _act(chooser: PolicyChooser) -> None:
    chooser.begin(seed=3)
    arrays = {name: array[0] for name, array in make_episode(5).observations.items()}
    for explore in (False, True):
        decision = chooser.choose(arrays, explore=explore)
        assert decision.action.shape == (7,) and decision.action.dtype == np.float32
        assert torch.from_numpy(decision.action).device.type == "cpu"


def test_the_settings_of_a_run_say_nothing_of_it(tmp_path: Path) -> None:
    run = make_run(tmp_path, episodes=0)
    Trainer(run, CASES["state"], seed=1, device=DEVICE).save()
    assert not any(b"meta" in path.read_bytes() for path in tmp_path.rglob("config.yaml*"))
