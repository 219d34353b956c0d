"""Q networks over patch features: with a spatial embedding (paper, appendix A) or flat (DrQ)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ibrl_ros.rl.networks.config import CriticConfig
from ibrl_ros.rl.networks.layers import init_orthogonal
from ibrl_ros.rl.networks.spatial import spatial_embedding


class SpatialEmbedQ(nn.Module):
    """One Q network: each channel's patches meet the action; learned weights sum the channels."""

    def __init__(
        self, patches: int, channels: int, prop_dim: int, action_dim: int, config: CriticConfig
    ) -> None:
        super().__init__()
        width = config.spatial_embed or 0
        self.input_proj = nn.Sequential(
            nn.Linear(patches + action_dim + prop_dim, width), nn.LayerNorm(width), nn.ReLU()
        )
        self.weight = nn.Parameter(torch.randn(1, channels, width))
        self.q = _head(width + prop_dim + action_dim, config, gap=False)
        self.q.apply(init_orthogonal)
        _scale_last(self.q, config)

    @staticmethod
    def embed(members: list[SpatialEmbedQ], features: Tensor, prop: Tensor, actions: Tensor) -> Tensor:
        """What the heads of M members take, [B, K, M, W]; see `PixelCritic.forward`.

        The first linear map acts on (patches, action, prop) side by side, so its patch part, by far the
        largest, is computed once for all K.
        """
        weight, bias, gain, offset = (
            torch.stack([getattr(q.input_proj[layer], name) for q in members])
            for layer in (0, 1)
            for name in ("weight", "bias")
        )
        patches, others = weight.split([features.shape[1], weight.shape[2] - features.shape[1]], 2)
        rest = functional.linear(torch.cat([actions, prop], -1), others.flatten(0, 1), bias.flatten())
        summing = torch.cat([q.weight for q in members])
        channels = features.transpose(1, 2).contiguous()
        return spatial_embedding(channels, rest.unflatten(2, bias.shape), patches, gain, offset, summing)


class FlatQ(nn.Module):
    """One Q network over compressed flat features."""

    def __init__(
        self, patches: int, channels: int, prop_dim: int, action_dim: int, config: CriticConfig
    ) -> None:
        super().__init__()
        width = config.feature_dim
        self.obs_proj = nn.Sequential(
            nn.Linear(patches * channels, width), nn.Identity(), nn.LayerNorm(width), nn.ReLU()
        )
        self.q = _head(width + action_dim + prop_dim, config, gap=True)
        self.apply(init_orthogonal)
        _scale_last(self.q, config)

    @staticmethod
    def embed(members: list[FlatQ], features: Tensor, prop: Tensor, actions: Tensor) -> Tensor:
        """What the heads of M members take, [B, K, M, W]; see `PixelCritic.forward`."""
        flat = features.flatten(1)
        compressed = torch.stack([q.obs_proj(flat) for q in members], 1)
        return compressed.unsqueeze(1).expand(-1, actions.shape[1], -1, -1)


class PixelCritic(nn.Module):
    """An ensemble of Q networks, named q1, q2, ... as published."""

    def __init__(
        self, patches: int, channels: int, prop_dim: int, action_dim: int, config: CriticConfig
    ) -> None:
        super().__init__()
        spatial = config.spatial_embed is not None
        self._member = SpatialEmbedQ if spatial else FlatQ
        self._prop_first = spatial  # as published
        for i in range(config.nets):
            self.add_module(f"q{i + 1}", self._member(patches, channels, prop_dim, action_dim, config))

    def forward(
        self, features: Tensor, prop: Tensor, actions: Tensor, members: Tensor | None = None
    ) -> Tensor:
        """Values [B, K, nets] of K actions [B, K, A] at features [B, P, C] and prop [B, D].

        With `members` int64 [M], of these only: [B, K, M].
        """
        asked: list[Any] = list(self.children())
        here = members is not None and members.device.type == "cpu"  # elsewhere reading them would wait
        if members is not None and here:
            asked = [asked[member] for member in members.tolist()]
        prop = prop.unsqueeze(1).expand(-1, actions.shape[1], -1)
        embedded = self._member.embed(asked, features, prop, actions).permute(2, 0, 1, 3).flatten(1, 2)
        others = torch.cat([prop, actions] if self._prop_first else [actions, prop], -1)
        inputs = torch.cat([embedded, others.flatten(0, 1).expand(len(asked), -1, -1)], -1)
        values = _side_by_side([q.q for q in asked], inputs).T.view(*actions.shape[:2], -1)
        return values if members is None or here else values.index_select(-1, members)

    def lowest(self, features: Tensor, prop: Tensor, actions: Tensor) -> Tensor:
        """Lowest value [B, K] of K actions [B, K, A]."""
        return self(features, prop, actions).amin(-1)


def _head(in_dim: int, config: CriticConfig, gap: bool) -> nn.Sequential:
    """Hidden layers of linear, LayerNorm and ReLU, then a value.

    With `gap`, an identity takes the place of the published network's unused dropout, so that the layers have
    the published numbers.
    """
    stack: list[nn.Module] = []
    for width in [in_dim] + [config.hidden_dim] * (config.layers - 1):
        hidden = config.hidden_dim
        stack += [
            nn.Linear(width, hidden),
            *([nn.Identity()] if gap else []),
            nn.LayerNorm(hidden),
            nn.ReLU(),
        ]
    return nn.Sequential(*stack, nn.Linear(config.hidden_dim, 1))


def _side_by_side(heads: list[nn.Sequential], x: Tensor) -> Tensor:
    """Values [M, N] by M heads of inputs [M, N, W], each layer of all heads in one product."""
    for layers in zip(*heads, strict=True):
        if isinstance(layers[0], nn.ReLU):
            x = x.relu()
        elif not isinstance(layers[0], nn.Identity):
            weight = torch.stack([layer.weight for layer in layers])
            bias = torch.stack([layer.bias for layer in layers]).unsqueeze(1)
            if isinstance(layers[0], nn.Linear):
                x = torch.baddbmm(bias, x, weight.transpose(1, 2))
            else:
                x = torch.addcmul(bias, functional.layer_norm(x, weight.shape[1:]), weight.unsqueeze(1))
    return x.squeeze(-1)


def _scale_last(head: nn.Sequential, config: CriticConfig) -> None:
    last = head[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(config.last_layer_scale)
