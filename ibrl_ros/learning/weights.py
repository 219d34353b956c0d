"""Packs named tensors and facts about them as safetensors bytes, for files and messages.

The first entry of the header's metadata is a CRC-32 over all other bytes, so any flipped bit is detected.
Files of older versions have no checksum, and are read without a check.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from ibrl_ros.data.durable import write_durably
from ibrl_ros.data.header import LENGTH_BYTES, METADATA, parse_header, read_claimed

_FACTS = "facts"
_OPENING = b'{"__metadata__":{'
_SEALED = _OPENING + b'"crc32":"'
_DIGITS = 8
_CHECKSUM = slice(LENGTH_BYTES + len(_SEALED), LENGTH_BYTES + len(_SEALED) + _DIGITS)


class WeightsError(ValueError):
    """Bytes aren't valid weights."""


def pack(tensors: dict[str, Tensor], facts: dict[str, Any]) -> bytes:
    """Returns tensors and facts, which JSON can hold, as safetensors bytes."""
    contiguous = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    return _seal(save(contiguous, metadata={_FACTS: json.dumps(facts)}))


def unpack(content: bytes | memoryview) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Returns the tensors and facts that were packed.

    Raises:
        WeightsError: the bytes are incomplete, damaged, or no weights.
    """
    content = bytes(content)
    facts = unpack_facts(content)
    try:
        return load(content), facts
    except Exception as error:  # safetensors raises types of its own
        raise _refusal(error) from error


def unpack_facts(content: bytes) -> dict[str, Any]:
    """Returns the facts alone, after a check of all bytes against the checksum.

    Raises:
        WeightsError: the bytes are incomplete, damaged, or no weights.
    """
    try:
        metadata = parse_header(memoryview(content))[0][METADATA]
        if not isinstance(metadata, dict):
            raise TypeError(f"its metadata are a {type(metadata).__name__}")
        _check_seal(content, metadata)
        facts = json.loads(metadata[_FACTS])
        if not isinstance(facts, dict):
            raise TypeError(f"its facts are a {type(facts).__name__}")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refusal(error) from error
    return facts


def write(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    Raises:
        StorageError: the file can't be written.
    """
    write_durably(path, content)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Returns the tensors and facts of a file.

    Raises:
        WeightsError: the file holds no valid weights; names the file.
        OSError: the file can't be read.
    """
    with _naming(path):
        return unpack(read_claimed(path))


def read_packed(path: Path) -> bytes:
    """Returns the bytes of a file, after a check against their checksum.

    Raises:
        WeightsError: the file holds no valid weights; names the file.
        OSError: the file can't be read.
    """
    with _naming(path):
        content = read_claimed(path)
        unpack_facts(content)
    return content


def read_facts(path: Path) -> dict[str, Any]:
    """Returns the facts of a file.

    Raises:
        WeightsError: the file can't be read or holds no valid weights; names the file.
    """
    try:
        with _naming(path):
            return unpack_facts(read_claimed(path))
    except OSError as error:
        raise WeightsError(f"{path}: {_refusal(error)}") from error


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Add the file's name to a WeightsError raised inside this context."""
    try:
        yield
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:  # from read_claimed
        raise WeightsError(f"{path}: {_refusal(error)}") from error


def _seal(content: bytes) -> bytes:
    """Returns the safetensors bytes with a checksum as the first entry of the metadata."""
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    header = content[LENGTH_BYTES : LENGTH_BYTES + length].rstrip(b" ")
    assert header.startswith(_OPENING), "safetensors writes the metadata first"
    header = _SEALED + b"0" * _DIGITS + b'",' + header.removeprefix(_OPENING)
    header += b" " * (-len(header) % 8)  # the data stay aligned
    sealed = bytearray(len(header).to_bytes(LENGTH_BYTES, "little") + header)
    sealed += memoryview(content)[LENGTH_BYTES + length :]
    sealed[_CHECKSUM] = _checksum(sealed)
    return bytes(sealed)


def _check_seal(content: bytes, metadata: dict[str, Any]) -> None:
    """Raise ValueError unless the bytes agree with their checksum, or are an older version's without one."""
    if content.startswith(_SEALED, LENGTH_BYTES):
        written, found = content[_CHECKSUM], _checksum(content)
        if written != found:
            said = written.decode("ascii", "replace")
            raise ValueError(f"its checksum is {found.decode()}, but {said} was written")
    elif metadata.keys() != {_FACTS}:
        raise ValueError(f"its metadata are {', '.join(sorted(metadata))}, expected {_FACTS}")


def _checksum(content: bytes | bytearray) -> bytes:
    """CRC-32 over all bytes except the checksum's own, as hexadecimal digits."""
    view = memoryview(content)
    return b"%08x" % zlib.crc32(view[_CHECKSUM.stop :], zlib.crc32(view[: _CHECKSUM.start]))


def _refusal(error: Exception) -> WeightsError:
    why = str(error) if type(error) in (ValueError, TypeError) else f"{type(error).__name__}: {error}"
    return WeightsError(f"not a whole set of weights: {why}")
