"""The vision transformer that encodes one camera into patch features (paper, appendix A)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ibrl_ros.rl.networks.config import EncoderConfig
from ibrl_ros.rl.networks.patches import patches, shifted_images

_WIDE = 64
"""Channels from which the convolutions of a processor's library are faster, in the layout channels_last."""


class _OneConvolution(nn.Module):
    def __init__(self, channels: int, embed_dim: int, patch: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, embed_dim, *patch)

    def forward(self, images: Tensor, shift: Tensor | None) -> Tensor:
        return _first_convolution(self.conv, images, shift)


class _TwoConvolutions(nn.Module):
    def __init__(
        self, channels: int, embed_dim: int, first: tuple[int, int], second: tuple[int, int]
    ) -> None:
        super().__init__()
        self.embed = nn.Sequential(
            nn.Conv2d(channels, embed_dim, *first),
            nn.Identity(),  # keeps the published layers' numbers: an optional norm stood here
            nn.ReLU(),
            nn.Conv2d(embed_dim, embed_dim, *second),
        )

    def forward(self, images: Tensor, shift: Tensor | None) -> Tensor:
        first, *others = self.embed
        assert isinstance(first, nn.Conv2d)
        x = _first_convolution(first, images, shift)
        for layer in others:
            x = layer(x)
        return x


def _first_convolution(conv: nn.Conv2d, images: Tensor, shift: Tensor | None) -> Tensor:
    """[B, channels, rows, columns] of images that are shifted and centred first."""
    if conv.out_channels >= _WIDE:
        return conv(shifted_images(images, shift, torch.channels_last))
    if images.device.type != "cpu":
        return conv(shifted_images(images, shift, torch.contiguous_format))
    rows = patches(images, shift, conv.kernel_size[0], conv.stride[0])
    weight = conv.weight.permute(0, 2, 3, 1).flatten(1)
    return functional.linear(rows, weight, conv.bias).permute(0, 3, 1, 2)


class _Attention(nn.Module):
    def __init__(self, embed_dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv_proj = nn.Linear(embed_dim, 3 * embed_dim)
        self.out_proj = nn.Linear(embed_dim, embed_dim)

    def forward(self, x: Tensor) -> Tensor:
        batch, patches, width = x.shape
        qkv = self.qkv_proj(x).view(batch, patches, 3, self.heads, width // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = _attend(query, key, value)
        return self.out_proj(mixed.transpose(1, 2).reshape(batch, patches, width))


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Dot-product attention; on a processor in float32, as bfloat16's backward takes five times longer."""
    if query.device.type != "cpu":
        return functional.scaled_dot_product_attention(query, key, value)
    with torch.autocast("cpu", enabled=False):
        return functional.scaled_dot_product_attention(query.float(), key.float(), value.float())


class _Layer(nn.Module):
    """Pre-norm transformer layer."""

    def __init__(self, embed_dim: int, heads: int) -> None:
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(embed_dim)
        self.mha = _Attention(embed_dim, heads)
        self.layer_norm2 = nn.LayerNorm(embed_dim)
        self.linear1 = nn.Linear(embed_dim, 4 * embed_dim)
        self.linear2 = nn.Linear(4 * embed_dim, embed_dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.mha(self.layer_norm1(x))
        return x + self.linear2(functional.gelu(self.linear1(self.layer_norm2(x))))


class _Vit(nn.Module):
    def __init__(self, shape: tuple[int, int, int], config: EncoderConfig) -> None:
        super().__init__()
        width = config.embed_dim
        if len(config.patches) == 1:
            self.patch_embed: nn.Module = _OneConvolution(shape[0], width, config.patches[0])
        else:
            self.patch_embed = _TwoConvolutions(shape[0], width, *config.patches)
        with torch.no_grad():
            rows, columns = self.patch_embed(torch.zeros(1, *shape), None).shape[2:]
        self.pos_embed = nn.Parameter(torch.zeros(1, rows * columns, width))
        self.net = nn.Sequential(*(_Layer(width, config.heads) for _ in range(config.depth)))
        self.norm = nn.LayerNorm(width)
        nn.init.trunc_normal_(self.pos_embed, std=0.02)
        self.apply(_init_linear)

    def forward(self, images: Tensor, shift: Tensor | None) -> Tensor:
        embedded = self.patch_embed(images, shift).flatten(2).transpose(1, 2)
        return self.norm(self.net(embedded + self.pos_embed))


def _init_linear(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


class VitEncoder(nn.Module):
    """Images [B, C, H, W] of 0 .. 255 to features [B, patches, channels]."""

    def __init__(self, shape: tuple[int, int, int], config: EncoderConfig) -> None:
        super().__init__()
        self.vit = _Vit(shape, config)
        self.patches, self.channels = self.vit.pos_embed.shape[1:]

    def forward(self, images: Tensor, shift: Tensor | None = None) -> Tensor:
        """Encode images of 0 .. 255, any type, shifted first by `shift` [B, 2] if given."""
        return self.vit(images, shift)
