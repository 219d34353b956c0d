"""Listens to /diagnostics for programs that are no nodes of the system themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from diagnostic_msgs.msg import DiagnosticArray

from ibrl_ros.ros import names
from ibrl_ros.ros.listener import listener
from ibrl_ros.ros.qos import QUEUE
from ibrl_ros.ros.status import status_values

#: By the status's name: its values.
Heard = Mapping[str, Mapping[str, str]]


@contextmanager
def heard_diagnostics() -> Iterator[Heard]:
    """The newest of every status on /diagnostics, kept up to date on another thread."""
    heard: dict[str, Mapping[str, str]] = {}

    def arrived(message: DiagnosticArray) -> None:
        heard.update({status.name: status_values(status) for status in message.status})

    with listener() as node:
        node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, arrived, QUEUE)
        yield heard
