"""Measures the clock offsets of other machines: each node offers a service that returns its system time."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import NamedTuple

from rclpy.client import Client
from rclpy.node import Node
from std_srvs.srv import Trigger

SERVICE = "~/system_time"
ASKED_TIMES = 10
PATIENCE_S = 0.5


class ClockOffset(NamedTuple):
    """Time by which a node's system clock is ahead of this machine's, s, and the largest error of it, s."""

    ahead_s: float
    error_s: float


def tell_time(node: Node, clock: Callable[[], float] = time.time) -> None:
    """Offer a service that returns the system time of the node's machine, s."""

    def tell(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, repr(clock())
        return response

    node.create_service(Trigger, SERVICE, tell)


def clock_offsets(node: Node) -> dict[str, ClockOffset]:
    """The clock offset of every node that answers, by the node's full name.

    Args:
        node: node that calls the services; its callbacks run on another thread.
    """
    suffix = SERVICE.removeprefix("~")
    names = [name for name, _ in node.get_service_names_and_types() if name.endswith(suffix)]
    measured = {name.removesuffix(suffix): _measure(node, name) for name in sorted(names)}
    return {name: offset for name, offset in measured.items() if offset is not None}


def _measure(node: Node, service: str) -> ClockOffset | None:
    """The most precise offset of ASKED_TIMES service calls; None without an answer."""
    client: Client = node.create_client(Trigger, service)
    try:
        offsets = [_ask(client) for _ in range(ASKED_TIMES)] if client.wait_for_service(PATIENCE_S) else []
    finally:
        node.destroy_client(client)
    known = [offset for offset in offsets if offset is not None]
    return min(known, key=lambda offset: offset.error_s, default=None)


def _ask(client: Client) -> ClockOffset | None:
    """The offset from one service call. The error is half of the call's duration."""
    answered = Event()
    asked_s, since_s = time.time(), time.monotonic()
    future = client.call_async(Trigger.Request())
    future.add_done_callback(lambda _: answered.set())
    if not answered.wait(PATIENCE_S):
        return None
    answer = future.result()
    half_s = (time.monotonic() - since_s) / 2  # monotonic: right even if the clock is set during the call
    assert answer is not None
    return ClockOffset(float(answer.message) - (asked_s + half_s), half_s)
