"""The base of all statuses: a dataclass whose fields are the keys of a DiagnosticStatus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, ClassVar, Self, get_type_hints

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.status import OK
from ibrl_ros.ros.statuses import codec


@dataclass(frozen=True, kw_only=True)
class Status:
    """What a node tells on one topic.

    Each field of a subclass is a key, of the field's name and type. One with a default may be missing from a
    message, and is left out while it is None; None of one without is an empty text. A name that Python keeps
    for itself has an underscore behind it: `return_` is the key `return`.

    Attributes:
        says: it in a sentence, for a person; no key, but the message of the DiagnosticStatus.
    """

    TOPIC: ClassVar[str]
    NAME: ClassVar[str]

    says: str = ""

    @property
    def level(self) -> bytes:
        """How bad it is: OK, WARN or ERROR."""
        return OK

    def to_message(self) -> DiagnosticStatus:
        """The message of it."""
        pairs = [
            KeyValue(key=key, value=codec.write(value, kind))
            for key, field, kind in keys_of(type(self))
            if (value := getattr(self, field.name)) is not None or field.default is MISSING
        ]
        return DiagnosticStatus(name=self.NAME, message=self.says, level=self.level, values=pairs)

    @classmethod
    def from_message(cls, message: DiagnosticStatus) -> Self:
        """What a message says. Keys that aren't known, as a newer version may have, are passed over.

        Raises:
            MessageError: a key is missing, or has a value that isn't allowed.
        """
        told = {pair.key: pair.value for pair in message.values}
        return cls(says=message.message, **dict(cls._read(told)))

    @classmethod
    def _read(cls, told: dict[str, str]) -> Iterator[tuple[str, Any]]:
        """Each field that is told, and its value."""
        for key, field, kind in keys_of(cls):
            if key in told:
                try:
                    yield field.name, codec.read(told[key], kind)
                except ValueError as error:
                    raise MessageError(
                        f"{cls.TOPIC}: {key} is {told[key]!r}, which isn't allowed; it may be: {error}"
                    ) from None
            elif field.default is MISSING:
                raise MessageError(f"{cls.TOPIC}: {key} is missing; it may be: {codec.allowed(kind)}")


_Keys = tuple[tuple[str, Field[Any], Any], ...]
_known: dict[type, _Keys] = {}


def keys_of(status: type[Status]) -> _Keys:
    """Key, field and type of all that a kind of status tells, in the order of the message."""
    if status not in _known:  # the types are found out once: it takes half a millisecond
        kinds = get_type_hints(status)
        told = [field for field in fields(status) if field.name != "says"]
        _known[status] = tuple((field.name.rstrip("_"), field, kinds[field.name]) for field in told)
    return _known[status]
