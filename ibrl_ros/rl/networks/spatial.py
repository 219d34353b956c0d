"""The spatial embedding of a Q network (paper, appendix A): where patches, proprioception and action meet."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from ibrl_ros.rl.networks.compiled import call, load_library

_BLOCK = 2**18  # numbers of the product at a time: enough for its speed, few enough for the cache
_kernel = load_library("_spatial")


def spatial_embedding(
    features: Tensor, rest: Tensor, projection: Tensor, gain: Tensor, bias: Tensor, weight: Tensor
) -> Tensor:
    """Sum over channels of weight * relu(layer_norm(projected patches of the channel + rest)).

    On one processor thread it runs in a compiled kernel, where that was built; otherwise in PyTorch.

    Args:
        features: [B, C, P], each channel's patches.
        rest: [B, K, M, W], what each candidate action adds, for each of M members of the ensemble.
        projection: [M, W, P].
        gain: [M, W], of the layer norms.
        bias: [M, W], of the layer norms.
        weight: [M, C, W].

    Returns:
        float32 [B, K, M, W].
    """
    if features.device.type == "cpu" and torch.get_num_threads() == 1 and _kernel is not None:
        # Centred like this the sum of the two is centred too: the kernel computes no means.
        rest, projection = rest - rest.mean(-1, keepdim=True), projection - projection.mean(1, keepdim=True)
        return _Fused.apply(features.float(), rest.float(), projection.flatten(0, 1), gain, bias, weight)
    spatial = functional.linear(features, projection.flatten(0, 1)).unflatten(2, gain.shape).transpose(1, 2)
    rows = spatial.unsqueeze(1) + rest.unsqueeze(3)
    normed = functional.layer_norm(rows, gain.shape[1:])
    embedded = torch.addcmul(bias.unsqueeze(1), normed, gain.unsqueeze(1)).relu_()
    return (weight * embedded).sum(3)


class _Fused(torch.autograd.Function):
    """Some samples at a time, so that nothing of size [B, K, C, M, W] is ever made."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, rest: Tensor, projection: Tensor, *learned: Tensor) -> Tensor:
        """As `spatial_embedding` of rest and projection [M * W, P] that are centred."""
        low = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
        rest, learned = rest.contiguous(), tuple(one.contiguous() for one in learned)
        (batch, patches, _), (members, width) = features.shape, rest.shape[2:]
        channels, projection = features.contiguous().to(low), projection.to(low)
        parts, keep = _parts(batch, patches * members * width), any(ctx.needs_input_grad)
        spatial = torch.empty(batch if keep else parts[0].stop, patches, members * width, dtype=low)
        scales = torch.empty(batch, members, patches, rest.shape[1])
        out = torch.empty_like(rest)
        for part in parts:
            here = spatial[part] if keep else spatial[: part.stop - part.start]
            torch.mm(channels[part].flatten(0, 1), projection.T, out=here.flatten(0, 1))
            _call("spatial_forward", here, rest[part], *learned, scales[part], out[part])
        ctx.save_for_backward(channels, rest, projection, spatial, scales, *learned)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        """Gradients of all inputs, or of `rest` alone."""
        channels, rest, projection, spatial, scales, *learned = ctx.saved_tensors
        grad, needed = grad.contiguous(), ctx.needs_input_grad
        d_rest, d_learned = torch.zeros_like(rest), [torch.zeros_like(one) for one in learned]
        d_projection, d_channels = torch.zeros(projection.shape), torch.empty_like(channels)
        parts = _parts(len(spatial), spatial[0].numel())
        d_spatial = torch.empty_like(spatial[parts[0]]) if needed[0] or needed[2] else None
        for part in parts:
            d = None if d_spatial is None else d_spatial[: part.stop - part.start]
            arrays = (*learned, scales[part], grad[part], d, d_rest[part], *d_learned)
            _call("spatial_backward", spatial[part], rest[part], *arrays)
            if d is not None:
                torch.mm(d.flatten(0, 1), projection, out=d_channels[part].flatten(0, 1))
                d_projection.add_(torch.mm(d.flatten(0, 1).T, channels[part].flatten(0, 1)))
        return d_channels, d_rest, d_projection, *d_learned


def _parts(batch: int, numbers: int) -> list[slice]:
    """The batch in parts of samples, given how many numbers the product has for a sample."""
    size = max(1, _BLOCK // numbers)
    return [slice(start, min(start + size, batch)) for start in range(0, batch, size)]


def _call(function: str, spatial: Tensor, rest: Tensor, *others: Tensor | None) -> None:
    assert _kernel is not None
    n, k, members, width = rest.shape
    sizes = (n, k, spatial.shape[1], members, width, spatial.dtype == torch.bfloat16)
    call(_kernel, function, sizes, spatial, rest, *others)
