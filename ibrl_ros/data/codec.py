"""Encodes an episode as safetensors bytes, with metadata and a checksum in the header, and decodes it.

The bytes on disk and the bytes sent between nodes are the same. They can be memory-mapped. No pickle is used.
"""

from __future__ import annotations

import json
import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from ibrl_ros.data.arrays import assembled, described, named_arrays
from ibrl_ros.data.episode import SCHEMA_VERSION, Episode
from ibrl_ros.data.header import METADATA, parse_header

DTYPES: dict[str, type] = {
    "U8": np.uint8,
    "I8": np.int8,
    "BOOL": np.bool_,
    "F32": np.float32,
    "F64": np.float64,
}
_HEADER_KEY = "episode"

Buffer = bytes | bytearray | memoryview


class CorruptEpisodeError(ValueError):
    """The bytes of an episode are incomplete or damaged."""


class UnsupportedEpisodeError(ValueError):
    """The episode is complete, but this program doesn't know its version of the format."""


def encode(episode: Episode) -> bytes:
    """The episode as safetensors bytes.

    The tensors are `observations/<name>`, `actions`, `rewards`, `sources`, `interventions`, `stamps`, and
    `executed`, `cuts` and `decided` if the episode has them. The header's `__metadata__` holds one string,
    `episode`: JSON of the metadata, `terminated`, `truncated` and the checksum.
    """
    arrays, fields = named_arrays(episode), described(episode)
    checksum = _checksum(fields, arrays)
    return save(arrays, metadata={_HEADER_KEY: json.dumps({**fields, "crc32": checksum})})


def decode(buffer: Buffer, where: str = "the buffer") -> Episode:
    """The episode that the bytes hold. Its arrays are views of the buffer, not copies.

    Args:
        buffer: bytes that `encode` returned, in RAM or memory-mapped.
        where: name of the buffer in error messages, for example its path.

    Raises:
        CorruptEpisodeError: if the bytes are incomplete, damaged, or not an episode.
        UnsupportedEpisodeError: if another version of the format wrote the bytes.
    """
    fields, arrays, version = _whole(buffer, where)
    if version != SCHEMA_VERSION:
        raise UnsupportedEpisodeError(version_refusal(where, version))
    return _assemble(fields, arrays, where)


def version_refusal(where: str, version: object) -> str:
    """Returns the message for an episode of another version of the format."""
    return f"{where} has schema version {version}, this program reads {SCHEMA_VERSION}: update ibrl_ros"


def check(buffer: Buffer, where: str = "the buffer") -> None:
    """Compare an episode's bytes with their checksum, without making arrays or an episode of them.

    Raises:
        CorruptEpisodeError: if the bytes are incomplete, damaged, or no episode.
    """
    _whole(buffer, where)


def _whole(buffer: Buffer, where: str) -> tuple[dict[str, Any], dict[str, NDArray], Any]:
    """The header's fields, the tensors as views, and the version that wrote them."""
    try:
        description, arrays = _parse(memoryview(buffer).cast("B"))
        fields = json.loads(description)
        expected, found = fields.pop("crc32"), _checksum(fields, arrays)
        if expected != found:
            raise ValueError(f"its checksum is {found}, but {expected} was written")
        return fields, arrays, fields["metadata"]["schema_version"]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise CorruptEpisodeError(
            f"{where} is not a complete episode: {error!s} ({type(error).__name__})"
        ) from error


def _assemble(fields: dict[str, Any], arrays: dict[str, NDArray], where: str) -> Episode:
    try:
        return assembled(fields, arrays)
    except ValueError as error:
        raise CorruptEpisodeError(f"{where} holds no valid episode: {error}") from error


def _parse(buffer: memoryview) -> tuple[str, dict[str, NDArray]]:
    """The header's description of the episode (JSON), and each tensor as a view of the buffer."""
    header, data_start = parse_header(buffer)
    description = header.pop(METADATA)[_HEADER_KEY]
    data = buffer[data_start:]
    return description, {name: _view(data, entry, name) for name, entry in header.items()}


def _view(data: memoryview, entry: dict[str, Any], name: str) -> NDArray:
    start, end = entry["data_offsets"]
    dtype, shape = np.dtype(DTYPES[entry["dtype"]]), tuple(entry["shape"])
    count = math.prod(shape)
    if not 0 <= start <= end <= len(data) or end - start != count * dtype.itemsize:
        raise ValueError(
            f"tensor {name} lies at bytes {start} to {end} of {len(data)}, for shape {list(shape)}"
        )
    return np.frombuffer(data, dtype, count, start).reshape(shape)


def _checksum(fields: dict[str, Any], arrays: dict[str, NDArray]) -> str:
    """The CRC-32 of the fields and of every tensor's name, type, shape and bytes, as 8 hex digits."""
    crc = zlib.crc32(json.dumps(fields, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        crc = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), crc)
        crc = zlib.crc32(array.data, crc)
    return f"{crc:08x}"
