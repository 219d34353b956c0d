"""The cases' weights: each tensor is a pure function of its name, so no file has to hold them."""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import ArrayLike, NDArray


def _stream(name: str) -> np.random.RandomState:
    return np.random.RandomState(zlib.crc32(name.encode()))  # numpy's frozen legacy stream


def weight(name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The parameter `<kind>/<module>.<published key>` of a case."""
    values = _stream(name).standard_normal(shape)
    return (_offset(name, shape) + _scale(name, shape) * values).astype(np.float32)


def _offset(name: str, shape: tuple[int, ...]) -> float:
    is_norm_scale = len(shape) == 1 and name.endswith(".weight")
    return 1.0 if is_norm_scale else 0.0


def _scale(name: str, shape: tuple[int, ...]) -> float:
    leaf = name.rsplit(".", 1)[-1]
    if leaf == "pos_embed":
        return 0.02
    if len(shape) == 1 or leaf == "biases":
        return 0.1
    if leaf == "weights":  # an ensemble's [nets, in, out]
        return math.sqrt(2 / shape[1])
    if len(shape) == 3:  # a spatial embedding [1, channels, width]
        return math.sqrt(1 / shape[1])
    return math.sqrt(2 / math.prod(shape[1:]))


def digest(name: str, array: ArrayLike) -> NDArray[np.float64]:
    """What stands for a large tensor: size, sum, L2 norm, largest magnitude, a projection."""
    flat = np.asarray(array, np.float64).ravel()
    direction = _stream("digest/" + name).standard_normal(flat.size)
    return np.array([flat.size, flat.sum(), np.linalg.norm(flat), np.abs(flat).max(), flat @ direction])
