"""RL networks over more than one camera."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from small_agents import ACTION_DIM, SIDE, make_actions, make_batch, make_config, make_obs

from ibrl_ros.rl import IbrlAgent, Obs, ObservationSpec, build_agent

CAMERAS = ("wrist", "front")
SPEC = ObservationSpec({camera: (3, SIDE, SIDE) for camera in CAMERAS}, 8)
ENCODERS: dict[str, dict[str, Any]] = {
    "vit": {"embed_dim": 8, "heads": 2, "patches": [[8, 8]]},
    "vit2": {"embed_dim": 8, "heads": 2, "patches": [[8, 4], [3, 2]]},
    "drq": {"kind": "drq"},
    "resnet": {"kind": "resnet"},
}


def make_agent(encoder: str = "vit", **changes: Any) -> IbrlAgent:
    config = make_config(
        **{"cameras": CAMERAS, "rl_cameras": CAMERAS, "encoder": ENCODERS[encoder]} | changes
    )
    return build_agent(config, SPEC, ACTION_DIM, seed=0)


def both(obs: Obs, seed: int) -> Obs:
    return obs | {"images/front": make_obs(len(obs["prop"]), seed)["images/wrist"]}


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_encoder_learns_and_acts_with_one_camera_and_two(encoder: str) -> None:
    batch = make_batch(4)
    batch = batch._replace(obs=both(batch.obs, 5), next_obs=both(batch.next_obs, 6))
    patches = []
    for cameras in (CAMERAS[:1], CAMERAS):
        agent = make_agent(encoder, rl_cameras=cameras)
        before = [parameter.clone() for parameter in agent.networks.encoder.parameters()]
        agent.update(batch, update_actor=True)
        after = list(agent.networks.encoder.parameters())
        assert not any(torch.equal(a, b) for a, b in zip(before, after, strict=True))
        assert agent.act(batch.obs, make_actions(4, 1), explore=True).action.shape == (4, ACTION_DIM)
        patches.append(agent.networks.encoder.patches)
    assert patches[1] == 2 * patches[0]


@pytest.mark.parametrize("camera", CAMERAS)
def test_every_camera_counts(camera: str) -> None:
    agent, obs = make_agent(), both(make_obs(2), 1)
    other = obs | {f"images/{camera}": make_obs(2, 7)["images/wrist"]}
    assert not torch.equal(agent.networks.features(obs), agent.networks.features(other))


def test_without_rl_cameras_it_is_the_first_as_published() -> None:
    agent, obs = make_agent(rl_cameras=None), both(make_obs(2), 1)
    other = obs | {"images/front": make_obs(2, 7)["images/wrist"]}
    assert torch.equal(agent.networks.features(obs), agent.networks.features(other))
    assert all(key.startswith("encoder.vit.") for key in agent.acting_state() if key.startswith("encoder."))


def test_what_any_network_sees_is_observed_once() -> None:
    config = make_config(cameras=["wrist"], rl_cameras=["front", "wrist"])
    assert config.observed_keys == ("images/wrist", "images/front", "prop")
    with pytest.raises(ValueError, match="rl_cameras is empty"):
        make_config(rl_cameras=[])
