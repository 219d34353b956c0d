"""The base class of all statuses: a dataclass whose fields are the keys of a DiagnosticStatus."""

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
    """The status of a node on one topic.

    Each field of a subclass is a key with the field's name and type. A field with a default may be missing in
    a message, and is left out if it is None. A field without a default is always sent, None as empty text.
    The underscore of a reserved name is removed: the field `return_` is the key `return`.

    Attributes:
        says: the status as a sentence for people; sent as `message` of the DiagnosticStatus, not as a key.
    """

    TOPIC: ClassVar[str]
    NAME: ClassVar[str]

    says: str = ""

    @property
    def level(self) -> bytes:
        """Severity: OK, WARN or ERROR."""
        return OK

    def to_message(self) -> DiagnosticStatus:
        """The status as a message."""
        pairs = [
            KeyValue(key=key, value=codec.write(value, kind))
            for key, field, kind in keys_of(type(self))
            if (value := getattr(self, field.name)) is not None or field.default is MISSING
        ]
        return DiagnosticStatus(name=self.NAME, message=self.says, level=self.level, values=pairs)

    @classmethod
    def from_message(cls, message: DiagnosticStatus) -> Self:
        """The status in a message. Unknown keys, for example of a newer version, are ignored.

        Raises:
            MessageError: a key is missing, or its value is not allowed.
        """
        told = {pair.key: pair.value for pair in message.values}
        return cls(says=message.message, **dict(cls._read(told)))

    @classmethod
    def _read(cls, told: dict[str, str]) -> Iterator[tuple[str, Any]]:
        """Yield name and value of each field in the message."""
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
    """Key, field and type of each key of a status, in the order of the message."""
    if status not in _known:  # computed once, as it takes half a millisecond
        kinds = get_type_hints(status)
        told = [field for field in fields(status) if field.name != "says"]
        _known[status] = tuple((field.name.rstrip("_"), field, kinds[field.name]) for field in told)
    return _known[status]
