"""Named states as DiagnosticStatus: a name, a sentence, and key-value pairs."""

from __future__ import annotations

from collections.abc import Mapping

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
    """A DiagnosticStatus; `values` are written with `str`, booleans as true and false."""
    pairs = [KeyValue(key=key, value=_text(value)) for key, value in values.items()]
    return DiagnosticStatus(name=name, message=message, level=level, values=pairs)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def status_values(message: DiagnosticStatus) -> dict[str, str]:
    """The key-value pairs of a DiagnosticStatus."""
    return {pair.key: pair.value for pair in message.values}
