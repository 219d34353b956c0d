"""The spatial embedding of a Q network (paper, appendix A): where patches, proprioception and action meet."""

from __future__ import annotations

import ctypes
import importlib.util
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

_ROWS = 512  # of `width` numbers at a time: enough for the matrix product, few enough for the cache


def spatial_embedding(
    features: Tensor, rest: Tensor, projection: Tensor, gain: Tensor, bias: Tensor, weight: Tensor
) -> Tensor:
    """Sum over channels of weight * relu(layer_norm(projected patches of the channel + rest)).

    On one processor thread it runs in a compiled kernel, where that was built; otherwise in PyTorch.

    Args:
        features: [B, C, P], each channel's patches.
        rest: [B, K, W], what each candidate action adds.
        projection: [W, P].
        gain: [W], of the layer norm.
        bias: [W], of the layer norm.
        weight: [1, C, W].

    Returns:
        float32 [B, K, W].
    """
    if features.device.type == "cpu" and torch.get_num_threads() == 1 and _kernel is not None:
        return _Fused.apply(features.float(), rest.float(), projection, gain, bias, weight)
    spatial = functional.linear(features, projection)
    rows = spatial.unsqueeze(1) + rest.unsqueeze(2)
    embedded = functional.layer_norm(rows, gain.shape, gain, bias).relu_()
    return (weight * embedded).sum(2)


def _load_kernel() -> ctypes.CDLL | None:
    """The library that setup.py builds from spatial.c, where there was a compiler."""
    found = importlib.util.find_spec("ibrl_ros.rl.networks._spatial")
    return None if found is None or found.origin is None else ctypes.CDLL(found.origin)


_kernel = _load_kernel()


class _Fused(torch.autograd.Function):
    """Some samples at a time, so that nothing of size [B, K, C, W] is ever made."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, rest: Tensor, projection: Tensor, *learned: Tensor) -> Tensor:
        """See `spatial_embedding`; `learned` is gain, bias and weight."""
        low = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
        channels, rest = features.contiguous().to(low), rest.contiguous()
        projection = projection.to(low)
        out, keep = torch.empty_like(rest), any(ctx.needs_input_grad)
        shape = (channels.shape[1], rest.shape[2])
        spatial = torch.empty(len(rest) if keep else _samples(channels), *shape, dtype=low)
        for part in _parts(channels):
            here = spatial[part] if keep else spatial[: part.stop - part.start]
            torch.mm(channels[part].flatten(0, 1), projection.T, out=here.flatten(0, 1))
            _call("spatial_forward", here, rest[part], *learned, out[part])
        ctx.save_for_backward(channels, rest, projection, spatial, *learned)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        """Gradients of all inputs. Where only `rest` needs one, samples that send none are passed over."""
        channels, rest, projection, spatial, *learned = ctx.saved_tensors
        grad, needed = grad.contiguous(), ctx.needs_input_grad
        d_rest, d_learned = torch.zeros_like(rest), [torch.zeros_like(one) for one in learned]
        d_projection = torch.zeros(projection.T.shape)
        d_channels = torch.empty_like(channels)
        d_spatial = torch.empty_like(spatial[: _samples(channels)])
        only_rest = not (needed[0] or any(needed[2:]))
        for part in _rows_in_use(grad) if only_rest else _parts(channels):
            d = d_spatial[: part.stop - part.start]
            arrays = (spatial[part], rest[part], *learned, grad[part], d, d_rest[part], *d_learned)
            _call("spatial_backward", *arrays)
            rows = d.flatten(0, 1)
            if needed[0]:
                torch.mm(rows, projection, out=d_channels[part].flatten(0, 1))
            if needed[2]:
                d_projection.add_(torch.mm(channels[part].flatten(0, 1).T, rows))
        return d_channels, d_rest, d_projection.T, *d_learned


def _samples(channels: Tensor) -> int:
    """How many samples are computed at a time."""
    return min(len(channels), max(1, _ROWS // channels.shape[1]))


def _parts(channels: Tensor) -> list[slice]:
    size, total = _samples(channels), len(channels)
    return [slice(start, min(start + size, total)) for start in range(0, total, size)]


def _rows_in_use(grad: Tensor) -> list[slice]:
    """Each sample through which any gradient comes: the critics' minimum sends it through one member only."""
    return [slice(row, row + 1) for row in grad.flatten(1).any(1).nonzero().flatten().tolist()]


def _call(function: str, spatial: Tensor, rest: Tensor, *others: Tensor) -> None:
    sizes = (*rest.shape[:2], *spatial.shape[1:], spatial.dtype == torch.bfloat16)
    pointers = [ctypes.c_void_p(tensor.data_ptr()) for tensor in (spatial, rest, *others)]
    getattr(_kernel, function)(*map(ctypes.c_long, sizes), *pointers)
