"""The header of a safetensors file: what it claims is compared with what is there before anything is read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, BinaryIO

LENGTH_BYTES = 8
METADATA = "__metadata__"
#: What safetensors itself reads of a header.
MAX_HEADER_BYTES = 100_000_000


def parse_header(buffer: memoryview) -> tuple[dict[str, Any], int]:
    """The header, and the position of the first byte behind it.

    Raises:
        ValueError: the buffer holds less than it claims, or the header is no JSON object.
        RecursionError: it nests too deeply.
    """
    start = LENGTH_BYTES + _header_length(bytes(buffer[:LENGTH_BYTES]), len(buffer))
    header = json.loads(bytes(buffer[LENGTH_BYTES:start]))
    if not isinstance(header, dict):
        raise ValueError(f"its header is a {type(header).__name__}, not an object")
    return header, start


def data_bytes(header: dict[str, Any]) -> int:
    """The bytes that all tensors take.

    Raises:
        ValueError: the header doesn't say that of each.
    """
    ends = [0]
    for name, entry in header.items():
        if name == METADATA:
            continue
        offsets = entry.get("data_offsets") if isinstance(entry, dict) else None
        if not (isinstance(offsets, list) and len(offsets) == 2 and all(type(one) is int for one in offsets)):
            raise ValueError(f"its header doesn't say where tensor {name} lies")
        ends.append(offsets[1])
    return max(ends)


def read_header(path: Path) -> dict[str, Any]:
    """A file's header alone.

    Raises:
        ValueError: it is none.
        RecursionError: it nests too deeply.
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        return read_header_of(file)[0]


def read_header_of(file: BinaryIO) -> tuple[dict[str, Any], int]:
    """The header of an open file, and the position of the first byte behind it; see read_header."""
    size = os.fstat(file.fileno()).st_size
    head = file.read(LENGTH_BYTES)
    return parse_header(memoryview(head + file.read(_header_length(head, size))))


def read_claimed(path: Path) -> bytes:
    """A file's bytes, which are read only if they are as many as its header says.

    Raises:
        ValueError: they aren't; says how many there are.
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(LENGTH_BYTES)
        head += file.read(_header_length(head, size))
        header, start = parse_header(memoryview(head))
        claimed = start + data_bytes(header)
        if size != claimed:
            raise ValueError(f"its header claims {claimed:,} bytes in all, the file has {size:,}")
        return head + file.read(claimed - start)


def _header_length(head: bytes, size: int) -> int:
    if len(head) < LENGTH_BYTES:
        raise ValueError(f"it ends after {size:,} bytes, inside its header")
    length = int.from_bytes(head, "little")
    if length > min(size - LENGTH_BYTES, MAX_HEADER_BYTES):
        raise ValueError(
            f"it has {size:,} bytes, and claims a header of {length:,}: it ends inside its header"
        )
    return length
