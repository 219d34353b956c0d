"""YAML files that a program writes: their last line is a checksum of the others, as a comment."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import yaml

from ibrl_ros.data.durable import write_durably

_SEAL = b"# crc32 "
#: Far more than any of them has; a larger one isn't read.
MAX_BYTES = 10_000_000


class DamagedYamlError(ValueError):
    """A file that isn't as it was written; names it."""


def write_yaml(path: Path, content: Any) -> None:
    """Write a file that is either whole or not there.

    Raises:
        StorageError: the machine can't.
    """
    text = yaml.safe_dump(content, sort_keys=False).encode()
    write_durably(path, text + _SEAL + _checksum(text) + b"\n")


def read_yaml(path: Path) -> Any:
    """What a file holds; one without a checksum, of an older version or a person, is read as it is.

    Raises:
        DamagedYamlError: it isn't what was written, or no YAML.
        OSError: it can't be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise DamagedYamlError(f"{path} has {path.stat().st_size:,} bytes, at most {MAX_BYTES:,} are read")
    text = path.read_bytes()
    start = text.rfind(_SEAL)
    if (
        start >= 0
        and (text[:start] or b"\n")[-1:] + text[start:] != b"\n" + _SEAL + _checksum(text[:start]) + b"\n"
    ):
        raise DamagedYamlError(f"{path} isn't as it was written: its checksum says otherwise")
    try:
        return yaml.safe_load(text.decode())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DamagedYamlError(f"{path} is no YAML: {str(error).splitlines()[0]}") from error


def _checksum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)
