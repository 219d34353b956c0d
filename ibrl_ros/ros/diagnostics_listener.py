"""Listens to /diagnostics, for programs that are not nodes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from diagnostic_msgs.msg import DiagnosticArray

from ibrl_ros.ros import names
from ibrl_ros.ros.listener import listener
from ibrl_ros.ros.qos import QUEUE
from ibrl_ros.ros.status import status_values

#: Values of each status, by the status's name.
DiagnosticValues = Mapping[str, Mapping[str, str]]


@contextmanager
def diagnostics_listener() -> Iterator[DiagnosticValues]:
    """The newest values of every status on /diagnostics, updated by another thread."""
    newest: dict[str, Mapping[str, str]] = {}

    def arrived(message: DiagnosticArray) -> None:
        newest.update({status.name: status_values(status) for status in message.status})

    with listener() as node:
        node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, arrived, QUEUE)
        yield newest
