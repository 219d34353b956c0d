"""Shifted, centred images, whole or as the patches that a convolution multiplies."""

from __future__ import annotations

import torch
from torch import Tensor

from ibrl_ros.rl.augment import PAD, random_shift
from ibrl_ros.rl.networks.compiled import call, load_library
from ibrl_ros.rl.networks.layers import centred

_library = load_library("_patches")


def patches(images: Tensor, shift: Tensor | None, kernel: int, stride: int) -> Tensor:
    """Patches of images shifted by `random_shift` and centred, each as one row.

    On a processor it runs in a compiled kernel, where that was built; otherwise in PyTorch.

    Args:
        images: [B, C, H, W] of 0 .. 255, any type.
        shift: int64 [B, 2], as of `random_shift`; None: not shifted.
        kernel: side of a patch in pixels.
        stride: distance between patches in pixels.

    Returns:
        float32 [B, rows, columns, kernel * kernel * C] of -0.5 .. 0.5, the channel last.
    """
    if not _compiled_for(images):
        whole = centred(images if shift is None else random_shift(images, shift)).permute(0, 2, 3, 1)
        return whole.unfold(1, kernel, stride).unfold(2, kernel, stride).movedim(3, 5).flatten(3)
    assert _library is not None
    pixels = images.permute(0, 2, 3, 1).contiguous()  # as cameras give them: no copy
    batch, height, width, channels = pixels.shape
    starts = torch.zeros(batch, 2, dtype=torch.int64) if shift is None else (shift - PAD).contiguous()
    rows, columns = ((side - kernel) // stride + 1 for side in (height, width))
    out, shifted = torch.empty(batch, rows, columns, kernel**2 * channels), torch.empty(pixels[0].numel())
    sizes = (batch, height, width, channels, kernel, stride)
    call(_library, "patches", sizes, pixels, starts, shifted, out)
    return out


def shifted_images(images: Tensor, shift: Tensor | None, layout: torch.memory_format) -> Tensor:
    """Images shifted by `random_shift` and centred: float32 [B, C, H, W] in that memory layout."""
    if layout == torch.channels_last and _compiled_for(images):
        return patches(images, shift, 1, 1).permute(0, 3, 1, 2)
    return centred(images if shift is None else random_shift(images, shift), layout)


def _compiled_for(images: Tensor) -> bool:
    """Whether the library takes these images."""
    return _library is not None and images.device.type == "cpu" and images.dtype == torch.uint8
