"""A small convolutional encoder for imitation on a processor without a GPU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.layers import centred

_CHANNELS = (16, 32, 64, 64)


class ConvEncoder(nn.Module):
    """Images [B, C, H, W] of 0 .. 255 to features [B, patches, 64]; 6 x 6 patches for 96 x 96 pixels."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for channels_in, channels in zip((shape[0], *_CHANNELS), _CHANNELS, strict=False):
            layers += [
                nn.Conv2d(channels_in, channels, 3, 2, padding=1),
                nn.GroupNorm(8, channels),
                nn.ReLU(),
            ]
        self.net = nn.Sequential(*layers)
        with torch.no_grad():
            self.patches, self.channels = self(torch.zeros(1, *shape)).shape[1:]

    def forward(self, images: Tensor) -> Tensor:
        """Encode images of 0 .. 255, any type."""
        return self.net(centred(images)).flatten(2).transpose(1, 2)
