"""Spins a node as rclpy's SingleThreadedExecutor does, for a part of its processor time."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import chain
from typing import Any, NamedTuple

from rclpy.event_handler import EventHandler
from rclpy.exceptions import InvalidHandle
from rclpy.executors import (
    ExternalShutdownException,
    ShutdownException,
    SingleThreadedExecutor,
    TimeoutException,
)
from rclpy.impl.implementation_singleton import rclpy_implementation as _rclpy
from rclpy.node import Node
from rclpy.subscription import Subscription
from rclpy.timer import Timer
from rclpy.waitable import NumberOfEntities

#: Period of checks for the middleware's events, s; with a check in each wait, a wait would cost twice.
EVENTS_EVERY_S = 0.5
#: Exception of a call of a cancelled timer; Jazzy's first versions have no class of its own for it.
TimerCancelledError: type[Exception] = getattr(_rclpy, "TimerCancelledError", _rclpy.RCLError)
#: Names of the method that calls a timer's handle, the newer one first.
CALL_TIMER = ("call_timer_with_info", "call_timer")
#: Internal names of rclpy that LeanExecutor uses; an executor's own names are in `_lacks`.
LEANS_ON: dict[type, tuple[str, ...]] = {
    _rclpy.WaitSet: (
        "clear_entities", "wait", "get_ready_entities", "add_subscription", "add_timer", "add_client",
        "add_service", "add_guard_condition",
    ),
    _rclpy.Timer: ("is_timer_ready",),
    _rclpy.Subscription: ("take_message",),
    _rclpy.GuardCondition: ("pointer",),
    EventHandler: ("get_num_entities", "add_to_wait_set", "is_ready"),
}  # fmt: skip


def make_executor() -> SingleThreadedExecutor:
    """Returns a LeanExecutor, or rclpy's SingleThreadedExecutor if this rclpy lacks a name in LEANS_ON."""
    lean = LeanExecutor()
    if not _lacks(lean):
        return lean
    lean.shutdown()
    return SingleThreadedExecutor()


def _lacks(executor: SingleThreadedExecutor) -> list[str]:
    """Returns the names that LeanExecutor uses and this rclpy lacks."""
    lacking = [name for name in ("_guard", "_sigint_gc", "_is_shutdown") if not hasattr(executor, name)]
    lacking += [name for owner, names in LEANS_ON.items() for name in names if not hasattr(owner, name)]
    if not any(hasattr(_rclpy.Timer, name) for name in CALL_TIMER):
        lacking.append(CALL_TIMER[0])
    return lacking


class LeanExecutor(SingleThreadedExecutor):
    """Runs callbacks of messages and timers directly from one wait set; leaves other entities to rclpy.

    For each callback rclpy collects all entities of the node, makes a wait set, and wraps the callback in a
    task and coroutines. Its EventsExecutor is cheaper too, but deadlocks when another thread publishes
    (rclpy 9.1).

    Callbacks of subscriptions and timers are plain functions that take the message, or nothing. The
    middleware's events, such as incompatible quality of service, are checked twice a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._waiting: _Waiting | None = None

    def spin(self) -> None:
        """Run callbacks until the executor is shut down.

        In newer versions rclpy's own `spin` doesn't call `spin_once`, and would not use this class.

        Raises:
            ExternalShutdownException: the context was shut down.
        """
        while not self._is_shutdown:
            if not self.context.ok():
                raise ExternalShutdownException
            self.spin_once()

    def spin_once(self, timeout_sec: float | None = None) -> None:
        """Wait, then run the callbacks that are ready.

        Without a timeout it returns after EVENTS_EVERY_S, because events are checked at this period.

        Raises:
            ExternalShutdownException: the context was shut down.
        """
        ready = self._wait(EVENTS_EVERY_S if timeout_sec is None else timeout_sec)
        if ready is None or ready.woken or self._is_shutdown:  # entities may be new or gone
            self._let_go()
        if ready is None or self._is_shutdown:
            return
        if not self.context.ok():
            raise ExternalShutdownException
        for timer in ready.timers:
            _call(timer)
        for subscription in ready.subscriptions:
            _take(subscription)
        if ready.woken or ready.others:
            self._serve_others()

    def _wait(self, timeout_s: float) -> _Ready | None:
        """Returns the entities ready within timeout_s seconds; None if one is gone or after a shutdown.

        Raises:
            ExternalShutdownException: the context was shut down.
        """
        try:
            if self._waiting is None:
                guards = [self._guard, self._sigint_gc]
                self._waiting = _Waiting(self.get_nodes(), guards, self.context.handle)
            if self._is_shutdown:  # its guard, which would end the wait, is gone
                return None
            return self._waiting.wait(timeout_s)
        except InvalidHandle:  # an entity was destroyed since the last wait
            return None
        except _rclpy.RCLError:  # the context was shut down during the wait
            if self.context.ok():
                raise
            self._let_go()
            raise ExternalShutdownException from None

    def _serve_others(self) -> None:
        """Let rclpy find and run all callbacks that are ready, because a guard is triggered only once."""
        while True:
            try:
                task, _, _ = self.wait_for_ready_callbacks(timeout_sec=0)
            except (TimeoutException, ShutdownException):
                return
            task()
            failure = task.exception()
            if failure is not None:
                raise failure

    def _let_go(self) -> None:
        if self._waiting is not None:
            self._waiting.release()
        self._waiting = None


class _Ready(NamedTuple):
    subscriptions: list[Subscription]
    timers: list[Timer]
    others: bool
    woken: bool


class _Waiting:
    """A wait set of all entities of the nodes, held so that none is destroyed during a wait."""

    def __init__(self, nodes: list[Node], guards: list[Any], context: Any) -> None:
        self._held = ExitStack()
        self._held.enter_context(context)
        self._subscriptions = self._hold(chain.from_iterable(node.subscriptions for node in nodes))
        self._timers = self._hold(chain.from_iterable(node.timers for node in nodes))
        self._clients = self._hold(chain.from_iterable(node.clients for node in nodes))
        self._services = self._hold(chain.from_iterable(node.services for node in nodes))
        self._guards = self._hold(chain(guards, *(node.guards for node in nodes)))
        self._waitables = [waitable for node in nodes for waitable in node.waitables if self._enter(waitable)]
        self._others = [waitable for waitable in self._waitables if not isinstance(waitable, EventHandler)]
        self._awaited, self._events_due = self._waitables, 0.0
        count = NumberOfEntities()
        for waitable in self._waitables:
            count += waitable.get_num_entities()
        self._set = _rclpy.WaitSet(
            len(self._subscriptions) + count.num_subscriptions,
            len(self._guards) + count.num_guard_conditions,
            len(self._timers) + count.num_timers,
            len(self._clients) + count.num_clients,
            len(self._services) + count.num_services,
            count.num_events,
            context,
        )

    def wait(self, timeout_s: float) -> _Ready:
        """Block until an entity is ready, or for `timeout_s`; returns the ready entities.

        Raises:
            InvalidHandle: one of the entities is destroyed.
        """
        self._fill()
        self._set.wait(round(timeout_s * 1e9))
        woken = _among(self._guards, self._set.get_ready_entities("guard_condition"))
        for guard in woken:  # the wait has reset the trigger; the flag lets rclpy call the guard's callback
            guard._executor_triggered = True
        others = self._set.get_ready_entities("client") or self._set.get_ready_entities("service")
        return _Ready(
            _among(self._subscriptions, self._set.get_ready_entities("subscription")),
            _among(self._timers, self._set.get_ready_entities("timer")),
            bool(others) or any(waitable.is_ready(self._set) for waitable in self._awaited),
            bool(woken),
        )

    def release(self) -> None:
        """Release the entities; entities whose destruction was requested meanwhile are destroyed now."""
        self._held.close()

    def _fill(self) -> None:
        wait_set = self._set
        wait_set.clear_entities()
        for subscription in self._subscriptions:
            wait_set.add_subscription(subscription.handle)
        for timer in self._timers:
            wait_set.add_timer(timer.handle)
        for client in self._clients:
            wait_set.add_client(client.handle)
        for service in self._services:
            wait_set.add_service(service.handle)
        for guard in self._guards:
            wait_set.add_guard_condition(guard.handle)
        now = time.monotonic()
        events_due = now >= self._events_due
        if events_due:
            self._events_due = now + EVENTS_EVERY_S
        self._awaited = self._waitables if events_due else self._others
        for waitable in self._awaited:
            waitable.add_to_wait_set(wait_set)

    def _hold(self, entities: Iterable[Any]) -> list[Any]:
        return [entity for entity in entities if entity is not None and self._enter(entity.handle)]

    def _enter(self, handle: Any) -> bool:
        try:
            self._held.enter_context(handle)
        except InvalidHandle:  # the entity was destroyed since it was listed
            return False
        return True


def _among(entities: list[Any], pointers: list[int]) -> list[Any]:
    return [entity for entity in entities if entity.handle.pointer in pointers]


def _take(subscription: Subscription) -> None:
    try:
        with subscription.handle:
            taken = subscription.handle.take_message(subscription.msg_type, subscription.raw)
    except InvalidHandle:  # an earlier callback has destroyed the subscription
        return
    if taken is not None:
        callback: Any = subscription.callback
        callback(taken[0])


def _call(timer: Timer) -> None:
    handle: Any = timer.handle
    call = getattr(handle, CALL_TIMER[0], None) or getattr(handle, CALL_TIMER[1])
    try:
        with timer.handle:
            # A wait set also shows timers that were cancelled.
            if not timer.handle.is_timer_ready():
                return
            call()
    except (InvalidHandle, TimerCancelledError):
        return
    callback: Any = timer.callback
    callback()
