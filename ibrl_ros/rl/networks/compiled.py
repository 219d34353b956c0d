"""Loads the small C libraries that setup.py builds where there is a compiler, and calls their functions."""

from __future__ import annotations

import ctypes
import importlib.util

from torch import Tensor


def load_library(name: str) -> ctypes.CDLL | None:
    """The library of this package with that name; None where it wasn't built."""
    found = importlib.util.find_spec(f"ibrl_ros.rl.networks.{name}")
    return None if found is None or found.origin is None else ctypes.CDLL(found.origin)


def call(library: ctypes.CDLL, function: str, sizes: tuple[int, ...], *tensors: Tensor | None) -> None:
    """Call a function of C longs, then of pointers to contiguous tensors; None is NULL."""
    pointers = [None if tensor is None else ctypes.c_void_p(tensor.data_ptr()) for tensor in tensors]
    getattr(library, function)(*map(ctypes.c_long, sizes), *pointers)
