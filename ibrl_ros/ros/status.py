"""Makes and reads the statuses of /diagnostics: a name, a message, and key-value pairs for people."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue

OK, WARN, ERROR, STALE = (
    DiagnosticStatus.OK,
    DiagnosticStatus.WARN,
    DiagnosticStatus.ERROR,
    DiagnosticStatus.STALE,
)


def status_message(
    name: str, values: Mapping[str, object], message: str = "", level: bytes = OK
) -> DiagnosticStatus:
    """A DiagnosticStatus. Values are written with `str`, booleans as "true" and "false"."""
    pairs = [KeyValue(key=key, value=_text(value)) for key, value in values.items()]
    return DiagnosticStatus(name=name, message=message, level=level, values=pairs)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value.value if isinstance(value, Enum) else value)


def status_values(message: DiagnosticStatus) -> dict[str, str]:
    """The key-value pairs of a DiagnosticStatus."""
    return {pair.key: pair.value for pair in message.values}
