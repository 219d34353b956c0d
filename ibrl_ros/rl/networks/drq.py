"""The DrQ encoder: four convolutions on an 84 x 84 image (Yarats et al., 2021)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ibrl_ros.rl.augment import random_shift
from ibrl_ros.rl.networks.layers import init_orthogonal
from ibrl_ros.rl.networks.patches import shifted_images

SIDE = 84
"""Side in pixels to which images are resized."""


class DrqEncoder(nn.Module):
    """Images [B, C, H, W] of 0 .. 255 to features [B, 1225, 32]."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for channels, stride in ((shape[0], 2), (32, 1), (32, 1), (32, 1)):
            layers += [nn.Conv2d(channels, 32, 3, stride), nn.ReLU()]
        self.convnet = nn.Sequential(*layers)
        self.apply(init_orthogonal)
        with torch.no_grad():
            self.patches, self.channels = self(torch.zeros(1, *shape)).shape[1:]

    def forward(self, images: Tensor, shift: Tensor | None = None) -> Tensor:
        """Encode images of 0 .. 255, any type, shifted first by `shift` [B, 2] if given."""
        if images.shape[-2:] != (SIDE, SIDE):
            shifted = images if shift is None else random_shift(images, shift)
            images = functional.interpolate(shifted.float(), (SIDE, SIDE), mode="bicubic", antialias=True)
            shift = None
        pixels = shifted_images(images, shift, torch.channels_last)
        return self.convnet(pixels).flatten(2).transpose(1, 2)
