"""Named tensors and a few facts about them as bytes: safetensors, for files and for messages alike."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load, save
from torch import Tensor

from ibrl_ros.data.durable import write_durably


class WeightsError(ValueError):
    """Bytes that hold no weights."""


def pack(tensors: dict[str, Tensor], facts: dict[str, Any]) -> bytes:
    """Tensors and JSON-able facts as safetensors bytes."""
    contiguous = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    return save(contiguous, metadata={"facts": json.dumps(facts)})


def unpack(content: bytes | memoryview) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `pack` was given.

    Raises:
        WeightsError: the bytes are incomplete or no safetensors.
    """
    content = bytes(content)
    try:
        (length,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8 : 8 + length])
        return load(content), json.loads(header["__metadata__"]["facts"])
    except Exception as error:  # safetensors raises types of its own
        raise WeightsError(f"not a whole set of weights: {error}") from error


def write(path: Path, content: bytes) -> None:
    """Write a file that is either whole or not there.

    Raises:
        StorageError: the machine can't.
    """
    write_durably(path, content)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and facts of a file.

    Raises:
        WeightsError: with the file's name.
    """
    try:
        return unpack(path.read_bytes())
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error


def read_facts(path: Path) -> dict[str, Any]:
    """The facts of a file, without its tensors.

    Raises:
        WeightsError: with the file's name.
    """
    try:
        with safe_open(path, "pt") as file:
            return json.loads(file.metadata()["facts"])
    except Exception as error:
        raise WeightsError(f"{path}: not a whole set of weights: {error}") from error
