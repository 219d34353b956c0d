"""Converts episodes and replay samples to batches of tensors for networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ibrl_ros.data.episode import IMAGE_PREFIX, Episode
from ibrl_ros.data.observation_store import stack_history
from ibrl_ros.data.replay import Transitions
from ibrl_ros.rl.blocks import Part, new_block, views
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
    """Returns a replay sample as a batch of tensors on the device.

    A sample of arrays takes one copy, which does not wait for what a GPU still computes.
    """
    device = torch.device(device)
    if isinstance(sample.action, Tensor):
        return Batch(*(_images_first(value) for value in sample[:-1]))
    if device.type == "cpu":
        obs, next_obs = to_obs(sample.obs), to_obs(sample.next_obs)
        action, reward, discount, proposals, next_proposals = map(torch.from_numpy, _numbers(sample))
        return Batch(obs, action, reward, discount, proposals, next_obs, next_proposals)
    moved = iter(moved_at_once([*sample.obs.values(), *sample.next_obs.values(), *_numbers(sample)], device))
    obs, next_obs = ({name: next(moved) for name in part} for part in (sample.obs, sample.next_obs))
    action, reward, discount, proposals, next_proposals = moved
    return Batch(
        _images_first(obs), action, reward, discount, proposals, _images_first(next_obs), next_proposals
    )


def moved_at_once(arrays: Sequence[NDArray], device: torch.device) -> list[Tensor]:
    """Returns arrays as tensors on a device, which share one block of memory there."""
    parts = [Part(torch.from_numpy(np.empty(0, array.dtype)).dtype, array.shape) for array in arrays]
    block = new_block(parts, device)
    for view, array in zip(views(parts, block), arrays, strict=True):
        view.numpy()[...] = array
    return views(parts, block.to(device, non_blocking=True))


def _numbers(sample: Transitions) -> tuple[NDArray, ...]:
    return sample.action, sample.reward, sample.discount, sample.proposals, sample.next_proposals


def _images_first(value: Any) -> Any:
    """Observations with their images as views [B, 3, H, W]; any other value as it is."""
    if not isinstance(value, dict):
        return value
    return {
        name: tensor.permute(0, 3, 1, 2) if name.startswith(IMAGE_PREFIX) else tensor
        for name, tensor in value.items()
    }
