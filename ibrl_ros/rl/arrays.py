"""Recorded arrays as the tensors that networks take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.spec import Obs

IMAGES = "images/"


def observed_keys(config: AgentConfig) -> tuple[str, ...]:
    """Names of the recorded arrays that the agent sees."""
    if config.observation == "state":
        return ("prop", "state")
    return (*(IMAGES + camera for camera in config.observed_cameras), "prop")


def to_obs(arrays: Mapping[str, NDArray]) -> Obs:
    """A batch of arrays as tensors: images [B, H, W, 3] become views [B, 3, H, W], the rest stays."""
    return {key: _tensor(value, key.startswith(IMAGES)) for key, value in arrays.items()}


def _tensor(array: NDArray, is_image: bool) -> torch.Tensor:
    # A stored episode is read-only, and torch wants memory that may be written.
    tensor = torch.from_numpy(array if array.flags.writeable else np.array(array))
    return tensor.permute(0, 3, 1, 2) if is_image else tensor
