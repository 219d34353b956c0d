"""The device of training and policy: the processor, or a GPU of this machine."""

from __future__ import annotations

import re

import torch

CPU = torch.device("cpu")


def find_device(name: str) -> torch.device:
    """Returns the device of a name: "cpu", "cuda" (the first GPU), "cuda:1", or "auto" (a GPU, if found).

    On a GPU this process then computes products of float32 as TF32, with 10 bits of mantissa.

    Raises:
        ValueError: another name, or a GPU that PyTorch does not find.
    """
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return CPU
    found = re.fullmatch(r"auto|cuda(?::(0|[1-9]\d?))?", name, re.ASCII)
    if found is None:
        raise ValueError("expected auto, cpu, cuda, or a GPU by its number: cuda:1")
    if not torch.cuda.is_available():
        raise ValueError("PyTorch finds no GPU here: see `ibrl doctor`, or take cpu")
    number, count = int(found[1] or 0), torch.cuda.device_count()
    if number >= count:
        raise ValueError(f"PyTorch finds {count} GPUs here, cuda:0 to cuda:{count - 1}")
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    torch.backends.cudnn.conv.fp32_precision = "tf32"  # type: ignore[attr-defined]  # not in its stubs
    return torch.device("cuda", number)


def device_in_words(device: torch.device) -> str:
    """Returns the name of a device for people: "cpu", or "cuda:0 (NVIDIA GeForce RTX 4090)"."""
    return f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else str(device)
