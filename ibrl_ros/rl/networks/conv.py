"""A small convolutional encoder for imitation on a processor without a GPU."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.networks.layers import centred

# Channels, kernel, stride. The first takes large steps: at full resolution it would cost most of the time.
_LAYERS = ((32, 8, 6), (64, 3, 2), (64, 3, 2))


class ConvEncoder(nn.Module):
    """Images [B, C, H, W] of 0 .. 255 to features [B, patches, 64]; 4 x 4 patches for 96 x 96 pixels."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels_in = shape[0]
        for channels, kernel, stride in _LAYERS:
            convolution = nn.Conv2d(channels_in, channels, kernel, stride, padding=(kernel - 1) // 2)
            layers += [convolution, nn.GroupNorm(8, channels), nn.ReLU()]
            channels_in = channels
        self.net = nn.Sequential(*layers)
        with torch.no_grad():
            self.patches, self.channels = self(torch.zeros(1, *shape)).shape[1:]

    def forward(self, images: Tensor) -> Tensor:
        """Encode images of 0 .. 255, any type."""
        return self.net(centred(images)).flatten(2).transpose(1, 2)
