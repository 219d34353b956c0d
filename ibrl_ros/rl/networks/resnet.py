"""ResNet-18 with a GroupNorm of one channel a group (paper, appendix A; He et al., 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ibrl_ros.rl.networks.patches import shifted_images


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(channels, channels)


class _Block(nn.Module):
    """Two 3 x 3 convolutions around a shortcut."""

    def __init__(self, in_channels: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.bn1 = _norm(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = _norm(channels)
        self.downsample = None
        if stride != 1 or in_channels != channels:
            shortcut = nn.Conv2d(in_channels, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, _norm(channels))

    def forward(self, x: Tensor) -> Tensor:
        residual = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (residual + (x if self.downsample is None else self.downsample(x))).relu()


class _ResNet18(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.init_downsample = nn.Sequential(
            nn.Conv2d(channels, 64, 4, 2, bias=False), _norm(64), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)
        )
        self.layer1 = nn.Sequential(_Block(64, 64, 1), _Block(64, 64, 1))
        self.layer2 = nn.Sequential(_Block(64, 128, 2), _Block(128, 128, 1))
        self.layer3 = nn.Sequential(_Block(128, 256, 2), _Block(256, 256, 1))
        self.layer4 = nn.Sequential(_Block(256, 512, 2), _Block(512, 512, 1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        x = self.layer1(self.init_downsample(images))
        return self.layer4(self.layer3(self.layer2(x)))


class ResNetEncoder(nn.Module):
    """Images [B, C, H, W] of 0 .. 255 to features [B, patches, 512]; 3 x 3 patches for 96 x 96 pixels."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.nets = _ResNet18(shape[0])
        with torch.no_grad():
            self.patches, self.channels = self(torch.zeros(1, *shape)).shape[1:]

    def forward(self, images: Tensor, shift: Tensor | None = None) -> Tensor:
        """Encode images of 0 .. 255, any type, shifted first by `shift` [B, 2] if given."""
        pixels = shifted_images(images, shift, torch.contiguous_format)
        return self.nets(pixels).flatten(2).transpose(1, 2)
