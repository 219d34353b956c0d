"""Converts episodes and replay samples to batches of tensors for networks."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ibrl_ros.data.episode import IMAGE_PREFIX, Episode
from ibrl_ros.data.observation_store import stack_history
from ibrl_ros.data.replay import Transitions
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.spec import Batch, Obs, ObservationSpec, to_obs


def observation_spec(episode: Episode, config: AgentConfig) -> ObservationSpec:
    """Returns the shapes of the agent's observations, from a recorded episode.

    Raises:
        ValueError: the episode lacks one of the arrays, or its images have another size.
    """
    arrays = episode.observations
    missing = [key for key in config.observed_keys if key not in arrays]
    if missing:
        raise ValueError(
            f"the agent observes {', '.join(missing)}, but episode {episode.metadata.id} recorded "
            f"{', '.join(arrays)}: record demonstrations with these, or choose another agent"
        )
    images = {}
    for camera in config.observed_cameras:
        height, width, channels = arrays[IMAGE_PREFIX + camera].shape[1:]
        if (height, width) != (config.image_size, config.image_size):
            raise ValueError(
                f"camera {camera} was recorded at {width}x{height}, "
                f"the agent's image_size is {config.image_size}"
            )
        images[camera] = (channels, height, width)
    state_dim = arrays["state"].shape[1] if config.observation == "state" else None
    return ObservationSpec(images, arrays["prop"].shape[1] * config.prop_stack, state_dim)


def episode_tensors(episode: Episode, config: AgentConfig, device: torch.device | str = "cpu") -> Obs:
    """Returns all observations of an episode as one batch, with stacked proprioception."""
    observations = {key: episode.observations[key] for key in config.observed_keys}
    return to_obs({**observations, "prop": stacked_prop(episode, config)}, device)


def stacked_prop(episode: Episode, config: AgentConfig) -> NDArray[np.float32]:
    """Returns the episode's stacked proprioception, float32 [T, prop_dim]."""
    rows, starts = np.arange(len(episode)), np.zeros(len(episode), np.int64)
    return stack_history(episode.observations["prop"], rows, starts, config.prop_stack)


def to_batch(sample: Transitions, device: torch.device | str = "cpu") -> Batch:
    """Returns a replay sample as a batch of tensors on the device."""
    return Batch(
        to_obs(sample.obs, device),
        torch.from_numpy(sample.action).to(device),
        torch.from_numpy(sample.reward).to(device),
        torch.from_numpy(sample.discount).to(device),
        torch.from_numpy(sample.proposals).to(device),
        to_obs(sample.next_obs, device),
        torch.from_numpy(sample.next_proposals).to(device),
    )
