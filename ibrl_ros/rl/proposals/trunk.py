"""Trunks of imitation policies: compressed camera features beside the proprioception, or the state."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.networks.conv import ConvEncoder
from ibrl_ros.rl.networks.resnet import ResNetEncoder
from ibrl_ros.rl.proposals.config import BcConfig
from ibrl_ros.rl.spec import Obs, ObservationSpec


class TrunkConfig(BcConfig):
    """An imitation policy with a head of its own on the trunk."""

    kind: Literal["resnet", "conv"] = "resnet"


class MultiView(nn.Module):
    """An encoder a camera; its flat features compressed, then all joined with the proprioception."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec) -> None:
        super().__init__()
        bc, shapes = config.bc, [spec.image_shape(camera) for camera in config.cameras]
        self._cameras, self._use_prop = config.cameras, bc.use_prop
        kind = ConvEncoder if bc.kind == "conv" else ResNetEncoder
        encoders = [kind(shape) for shape in shapes]
        self.encoders = nn.ModuleList(encoders)
        self.compress_streams = nn.ModuleList(
            nn.Sequential(
                nn.Linear(encoder.patches * encoder.channels, bc.feature_dim),
                nn.LayerNorm(bc.feature_dim),
                nn.ReLU(),
            )
            for encoder in encoders
        )
        self.out_dim = bc.feature_dim * len(encoders) + bc.use_prop * spec.prop_dim

    def forward(self, obs: Obs) -> Tensor:
        """Features [B, out_dim]."""
        views = zip(self._cameras, self.encoders, self.compress_streams, strict=True)
        joined = [compress(flat(encoder, obs[f"images/{camera}"])) for camera, encoder, compress in views]
        return torch.cat([*joined, obs["prop"]] if self._use_prop else joined, -1)


class StateTrunk(nn.Module):
    """The simulation's state as it is."""

    def __init__(self, state_dim: int) -> None:
        super().__init__()
        self.out_dim = state_dim

    def forward(self, obs: Obs) -> Tensor:
        """The state [B, S]."""
        return obs["state"]


def build_trunk(config: AgentConfig, spec: ObservationSpec) -> MultiView | StateTrunk:
    """The trunk for the config's kind of observation.

    Raises:
        ValueError: if `spec` lacks a camera or the state that the config observes.
    """
    if config.observation == "pixels":
        return MultiView(config, spec)
    return StateTrunk(spec.require_state_dim())


def flat(encoder: nn.Module, images: Tensor) -> Tensor:
    """Features [B, C P] with channels outermost, the order in which the published policies flatten them."""
    return encoder(images).transpose(1, 2).flatten(1)
