"""Behaviour-cloning policies, which propose actions to the agent and stay frozen while it learns."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.augment import PAD, random_shift
from ibrl_ros.rl.bc_config import BcConfig
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.conv import ConvEncoder
from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.layers import Dropout, init_orthogonal, mlp
from ibrl_ros.rl.networks import image_shape
from ibrl_ros.rl.resnet import ResNetEncoder
from ibrl_ros.rl.spec import Obs, ObservationSpec


class BcPolicy(nn.Module):
    """A policy trained on demonstrations by regression: an isotropic Gaussian's mean."""

    def __init__(self, draws: Draws) -> None:
        super().__init__()
        self.draws = draws

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        raise NotImplementedError

    @torch.no_grad()
    def propose(self, obs: Obs) -> Tensor:
        """Proposals [B, 1, A] for un-augmented observations, without dropout."""
        self.eval()
        return self(obs).unsqueeze(1)

    def loss(self, obs: Obs, action: Tensor) -> Tensor:
        """Squared error summed over the action and averaged over the batch, on shifted images."""
        self.train()
        images = {key: self._shifted(value) for key, value in obs.items() if key.startswith("images/")}
        return (self({**obs, **images}) - action).square().sum(1).mean()

    def _shifted(self, images: Tensor) -> Tensor:
        return random_shift(images, self.draws.shift(len(images), PAD))


class _MultiView(nn.Module):
    """An encoder a camera; its flat features compressed, then all joined with the proprioception."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec) -> None:
        super().__init__()
        bc, shapes = config.bc, [image_shape(spec, camera) for camera in config.cameras]
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
        views = zip(self._cameras, self.encoders, self.compress_streams, strict=True)
        joined = [compress(_flat(encoder, obs[f"images/{camera}"])) for camera, encoder, compress in views]
        return torch.cat([*joined, obs["prop"]] if self._use_prop else joined, -1)


class MultiViewBc(BcPolicy):
    """Any number of cameras (published for robomimic)."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        self.encoder = _MultiView(config, spec)
        bc, width = config.bc, self.encoder.out_dim
        dropout = Dropout(bc.dropout, draws) if bc.dropout else None  # absent at 0, as published
        self.policy = mlp(width, bc.hidden_dim, bc.layers, action_dim, dropout, layer_norm=True)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.policy(self.encoder(obs))


class SingleViewBc(BcPolicy):
    """One camera, its flat features uncompressed, two hidden layers (published for Meta-World)."""

    def __init__(self, config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__(draws)
        camera, hidden = config.cameras[0], config.bc.hidden_dim
        self._image = f"images/{camera}"
        self.encoder = ResNetEncoder(image_shape(spec, camera))
        layers: list[nn.Module] = []
        for width in (self.encoder.patches * self.encoder.channels, hidden):
            dropout = Dropout(config.bc.dropout, draws)
            layers += [nn.Linear(width, hidden), dropout, nn.LayerNorm(hidden), nn.ReLU()]
        self.policy = nn.Sequential(*layers, nn.Linear(hidden, action_dim))
        self.policy.apply(init_orthogonal)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.policy(_flat(self.encoder, obs[self._image])).tanh()


class StateBc(BcPolicy):
    """A plain network over the simulation's state."""

    def __init__(self, state_dim: int, action_dim: int, config: BcConfig, draws: Draws) -> None:
        super().__init__(draws)
        dropout = Dropout(config.dropout, draws)
        self.net = mlp(state_dim, config.hidden_dim, config.layers, action_dim, dropout, config.layer_norm)

    def forward(self, obs: Obs) -> Tensor:
        """Action [B, A] in [-1, 1]."""
        return self.net(obs["state"])


def build_bc(
    config: AgentConfig, spec: ObservationSpec, action_dim: int, seed: int, device: torch.device | str = "cpu"
) -> BcPolicy:
    """A new imitation policy whose weights and draws are a function of the seed.

    Raises:
        ValueError: if `spec` lacks a camera or the state that the config observes.
    """
    draws = Draws(seed, device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _build(config, spec, action_dim, draws).to(device)


def _build(config: AgentConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> BcPolicy:
    if config.observation == "pixels":
        kind = SingleViewBc if config.bc.kind == "resnet_flat" else MultiViewBc
        return kind(config, spec, action_dim, draws)
    if spec.state_dim is None:
        raise ValueError("these observations have no state, which a state policy needs")
    return StateBc(spec.state_dim, action_dim, config.bc, draws)


def _flat(encoder: nn.Module, images: Tensor) -> Tensor:
    """Features [B, C P] with channels outermost, the order in which the published policies flatten them."""
    return encoder(images).transpose(1, 2).flatten(1)
