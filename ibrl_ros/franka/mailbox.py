"""The newest message from one process to another, in shared memory, without waiting on either side."""

from __future__ import annotations

import pickle
import struct
import zlib
from multiprocessing.context import SpawnContext
from typing import Generic, TypeVar

Message = TypeVar("Message")

_HEAD = struct.Struct("<III")
SIZE_BYTES = 8192


class Mailbox(Generic[Message]):
    """Holds one message, which the next message replaces. One process puts, one takes.

    A checksum detects a message that is read while it is written; `take` returns it later.
    """

    def __init__(self, context: SpawnContext) -> None:
        self._memory = context.RawArray("B", _HEAD.size + SIZE_BYTES)
        self._number = 0
        self._seen = bytes(_HEAD.size)

    def put(self, message: Message) -> None:
        """Replace the message.

        Raises:
            ValueError: the message is longer than SIZE_BYTES.
        """
        content = pickle.dumps(message)
        if len(content) > SIZE_BYTES:
            raise ValueError(f"a message of {len(content)} bytes, {SIZE_BYTES} at most")
        self._number = (self._number + 1) & 0xFFFFFFFF
        head = _HEAD.pack(self._number, len(content), zlib.crc32(content, self._number))
        memoryview(self._memory).cast("B")[: _HEAD.size + len(content)] = head + content

    def take(self) -> Message | None:
        """Returns the newest message, once; None if there is no new one, or it is being written."""
        memory = memoryview(self._memory).cast("B")
        head = bytes(memory[: _HEAD.size])
        if head == self._seen:
            return None
        number, length, checksum = _HEAD.unpack(head)
        content = bytes(memory[_HEAD.size :][: min(length, SIZE_BYTES)])
        if zlib.crc32(content, number) != checksum:
            return None
        self._seen = head
        message: Message = pickle.loads(content)
        return message
