"""Q networks over patch features: with a spatial embedding (paper, appendix A) or flat (DrQ)."""

from __future__ import annotations

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
        self.patches = patches
        self.input_proj = nn.Sequential(
            nn.Linear(patches + action_dim + prop_dim, width), nn.LayerNorm(width), nn.ReLU()
        )
        self.weight = nn.Parameter(torch.randn(1, channels, width))
        self.q = _head(width + prop_dim + action_dim, config, gap=False)
        self.q.apply(init_orthogonal)
        _scale_last(self.q, config)

    def forward(self, features: Tensor, prop: Tensor, actions: Tensor) -> Tensor:
        """Values [B, K] of K actions [B, K, A] at features [B, C, P] (channels first) and prop [B, D].

        The first linear map acts on (patches, action, prop) side by side, so its patch part, by far the
        largest, is computed once for all K.
        """
        linear, norm, _ = self.input_proj
        assert isinstance(linear, nn.Linear)
        prop = prop.unsqueeze(1).expand(-1, actions.shape[1], -1)
        assert isinstance(norm, nn.LayerNorm)
        patches, others = linear.weight.split([self.patches, linear.in_features - self.patches], 1)
        rest = functional.linear(torch.cat([actions, prop], -1), others, linear.bias)
        summed = spatial_embedding(features, rest, patches, norm.weight, norm.bias, self.weight)
        return self.q(torch.cat([summed, prop, actions], -1)).squeeze(-1)


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

    def forward(self, features: Tensor, prop: Tensor, actions: Tensor) -> Tensor:
        """Values [B, K] of K actions [B, K, A] at features [B, P, C] and prop [B, D]."""
        once = [self.obs_proj(features.flatten(1)), prop]
        compressed, prop = (x.unsqueeze(1).expand(-1, actions.shape[1], -1) for x in once)
        return self.q(torch.cat([compressed, actions, prop], -1)).squeeze(-1)


class PixelCritic(nn.Module):
    """An ensemble of Q networks, named q1, q2, ... as published."""

    def __init__(
        self, patches: int, channels: int, prop_dim: int, action_dim: int, config: CriticConfig
    ) -> None:
        super().__init__()
        self._spatial = config.spatial_embed is not None
        member = SpatialEmbedQ if self._spatial else FlatQ
        for i in range(config.nets):
            self.add_module(f"q{i + 1}", member(patches, channels, prop_dim, action_dim, config))

    def forward(
        self, features: Tensor, prop: Tensor, actions: Tensor, members: Tensor | None = None
    ) -> Tensor:
        """Values [B, K, nets] of K actions [B, K, A] at features [B, P, C] and prop [B, D].

        With `members` int64 [M], of these only: [B, K, M].
        """
        nets = list(self.children())
        if self._spatial:  # for all members at once
            features = features.transpose(1, 2).contiguous()
        if members is not None and members.device.type == "cpu":
            return torch.stack([nets[member](features, prop, actions) for member in members.tolist()], -1)
        values = torch.stack([q(features, prop, actions) for q in nets], -1)
        return values if members is None else values.index_select(-1, members)  # reading them would wait

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


def _scale_last(head: nn.Sequential, config: CriticConfig) -> None:
    last = head[-1]
    assert isinstance(last, nn.Linear)
    with torch.no_grad():
        last.weight.mul_(config.last_layer_scale)
