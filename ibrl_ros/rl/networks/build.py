"""An agent's networks under their published names: encoder, critic, actor and the two targets."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.ibrl_config import IbrlConfig
from ibrl_ros.rl.networks.actor import PixelActor, StateActor
from ibrl_ros.rl.networks.drq import DrqEncoder
from ibrl_ros.rl.networks.pixel_critic import PixelCritic
from ibrl_ros.rl.networks.prop_scaling import PropScaling
from ibrl_ros.rl.networks.resnet import ResNetEncoder
from ibrl_ros.rl.networks.state_critic import StateCritic
from ibrl_ros.rl.networks.vit import VitEncoder
from ibrl_ros.rl.spec import Obs, ObservationSpec

CameraEncoder = VitEncoder | DrqEncoder | ResNetEncoder


class CamerasEncoder(nn.Module):
    """An encoder for each of several cameras; their patches stand side by side."""

    def __init__(self, encoders: list[CameraEncoder]) -> None:
        super().__init__()
        self.cameras = nn.ModuleList(encoders)
        self.patches, self.channels = sum(e.patches for e in encoders), encoders[0].channels

    def forward(self, *images: Tensor, shift: Tensor | None = None) -> Tensor:
        """Images [B, C, H, W] of each camera, all shifted by `shift`, to features [B, patches, channels]."""
        return torch.cat([encode(one, shift) for encode, one in zip(self.cameras, images, strict=True)], 1)


class PixelNetworks(nn.Module):
    """Networks over the cameras' images and the proprioception."""

    def __init__(self, config: IbrlConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__()
        cameras = config.critic_cameras
        self._images = [f"images/{camera}" for camera in cameras]
        encoders = [_build_encoder(config, spec.image_shape(camera)) for camera in cameras]
        self.encoder = encoders[0] if len(encoders) == 1 else CamerasEncoder(encoders)
        scaled = config.scale_prop
        self.prop_scaling = PropScaling(spec.prop_dim, config.prop_stack) if scaled else nn.Identity()
        sizes = (self.encoder.patches, self.encoder.channels, spec.prop_dim, action_dim)
        self.critic = PixelCritic(*sizes, config.critic)
        self.actor = PixelActor(*sizes, config.actor, draws)
        self.critic_target = PixelCritic(*sizes, config.critic)
        self.actor_target = PixelActor(*sizes, config.actor, draws)
        _start_targets(self)

    def features(self, obs: Obs, shift: Tensor | None = None) -> Tensor:
        """Patch features [B, P, C] of the images, all shifted first by `shift` [B, 2] if given."""
        return self.encoder(*(obs[name] for name in self._images), shift=shift)

    def prop(self, obs: Obs) -> Tensor:
        """Proprioception [B, D] as critic and actor take it."""
        return self.prop_scaling(obs["prop"])


class StateNetworks(nn.Module):
    """Networks over the simulation's state, which is its own feature."""

    encoder: None = None

    def __init__(self, config: IbrlConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> None:
        super().__init__()
        state_dim = spec.require_state_dim()
        self.critic = StateCritic(state_dim, action_dim, config.critic)
        self.actor = StateActor(state_dim, action_dim, config.actor, draws)
        self.critic_target = StateCritic(state_dim, action_dim, config.critic)
        self.actor_target = StateActor(state_dim, action_dim, config.actor, draws)
        _start_targets(self)

    def features(self, obs: Obs, shift: Tensor | None = None) -> Tensor:
        """The state [B, S]; there is nothing to shift."""
        return obs["state"]

    def prop(self, obs: Obs) -> Tensor:
        """Proprioception [B, D], which neither critic nor actor uses."""
        return obs["prop"]


Networks = PixelNetworks | StateNetworks


def build_networks(config: IbrlConfig, spec: ObservationSpec, action_dim: int, draws: Draws) -> Networks:
    """Networks for the config's kind of observation.

    Raises:
        ValueError: if `spec` lacks what the config observes.
    """
    kind = PixelNetworks if config.observation == "pixels" else StateNetworks
    return kind(config, spec, action_dim, draws)


def _build_encoder(config: IbrlConfig, shape: tuple[int, int, int]) -> CameraEncoder:
    if config.encoder.kind == "vit":
        return VitEncoder(shape, config.encoder)
    return DrqEncoder(shape) if config.encoder.kind == "drq" else ResNetEncoder(shape)


def _start_targets(networks: Networks) -> None:
    """Copy critic and actor into their targets, which take no gradients."""
    networks.critic_target.load_state_dict(networks.critic.state_dict())
    networks.actor_target.load_state_dict(networks.actor.state_dict())
    networks.critic_target.requires_grad_(False)
    networks.actor_target.requires_grad_(False)
    networks.eval()
