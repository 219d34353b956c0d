"""The tensors that pass between the agent and its callers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

IMAGES = "images/"

Obs = dict[str, Tensor]
"""A batch of observations by flat name.

`images/<camera>` uint8 [B, 3, H, W]; `prop` float32 [B, prop_dim]; `state` float32 [B, state_dim].
"""


@dataclass(frozen=True)
class ObservationSpec:
    """Shapes of one observation, without the batch."""

    images: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Camera name to (channels, height, width)."""
    prop_dim: int = 0
    """Length of the stacked proprioception."""
    state_dim: int | None = None
    """Length of the simulation's state; None without one."""

    def image_shape(self, camera: str) -> tuple[int, int, int]:
        """(channels, height, width) of a camera's image.

        Raises:
            ValueError: there is no such camera.
        """
        if camera not in self.images:
            raise ValueError(
                f"camera {camera!r} isn't among the observed ones, {sorted(self.images)}: see cameras"
            )
        return self.images[camera]

    def require_state_dim(self) -> int:
        """Length of the simulation's state.

        Raises:
            ValueError: there is none.
        """
        if self.state_dim is None:
            raise ValueError("these observations have no state, which observation: state needs")
        return self.state_dim


class Batch(NamedTuple):
    """A batch of n-step transitions."""

    obs: Obs
    action: Tensor
    """float32 [B, A] in [-1, 1]."""
    reward: Tensor
    """float32 [B], the n-step return before bootstrapping."""
    discount: Tensor
    """float32 [B], gamma^n, or 0 where nothing follows."""
    proposals: Tensor
    """float32 [B, K, A], the imitation policies' actions at obs."""
    next_obs: Obs
    next_proposals: Tensor
    """float32 [B, K, A], the imitation policies' actions at next_obs; they are frozen, so computed once."""


class Choice(NamedTuple):
    """What was chosen among the actor's action and K proposals."""

    action: Tensor
    """float32 [B, A]."""
    source: Tensor
    """int64 [B]: 0 for the actor, k >= 1 for proposal k."""
    q: Tensor
    """float32 [B, K+1], the candidates' `candidate_values` by the target critic, the actor's first."""


def to_obs(arrays: Mapping[str, NDArray], device: torch.device | str = "cpu") -> Obs:
    """A batch of arrays as tensors: images [B, H, W, 3] become views [B, 3, H, W], the rest stays."""
    return {key: _tensor(value, key.startswith(IMAGES)).to(device) for key, value in arrays.items()}


def _tensor(array: NDArray, is_image: bool) -> Tensor:
    # A stored episode is read-only, and torch wants memory that may be written.
    tensor = torch.from_numpy(array if array.flags.writeable else np.array(array))
    return tensor.permute(0, 3, 1, 2) if is_image else tensor
