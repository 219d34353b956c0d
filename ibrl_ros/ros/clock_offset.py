"""How far other machines' clocks are from ours: nodes tell their time, and an answer bounds the offset."""

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
    """By how much a node's system clock is ahead of this machine's, s, and the largest error of that, s."""

    ahead_s: float
    error_s: float


def tell_time(node: Node, clock: Callable[[], float] = time.time) -> None:
    """Offer the time of the node's machine, s, to whoever compares clocks."""

    def tell(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, repr(clock())
        return response

    node.create_service(Trigger, SERVICE, tell)


def clock_offsets(node: Node) -> dict[str, ClockOffset]:
    """The offset of every node that tells its time and answers, by the node's full name.

    Args:
        node: asks; its callbacks run on another thread.
    """
    suffix = SERVICE.removeprefix("~")
    names = [name for name, _ in node.get_service_names_and_types() if name.endswith(suffix)]
    measured = {name.removesuffix(suffix): _measure(node, name) for name in sorted(names)}
    return {name: offset for name, offset in measured.items() if offset is not None}


def _measure(node: Node, service: str) -> ClockOffset | None:
    """The promptest of some answers; None without any."""
    client: Client = node.create_client(Trigger, service)
    try:
        offsets = [_ask(client) for _ in range(ASKED_TIMES)] if client.wait_for_service(PATIENCE_S) else []
    finally:
        node.destroy_client(client)
    known = [offset for offset in offsets if offset is not None]
    return min(known, key=lambda offset: offset.error_s, default=None)


def _ask(client: Client) -> ClockOffset | None:
    """One question. The time told lies between question and answer, hence half of that is the error."""
    answered = Event()
    asked_s, since_s = time.time(), time.monotonic()
    future = client.call_async(Trigger.Request())
    future.add_done_callback(lambda _: answered.set())
    if not answered.wait(PATIENCE_S):
        return None
    answer = future.result()
    half_s = (time.monotonic() - since_s) / 2  # what lies between is no shorter if the clock is set meanwhile
    assert answer is not None
    return ClockOffset(float(answer.message) - (asked_s + half_s), half_s)
