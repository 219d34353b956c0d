"""The executor serves every kind of entity, those that come and go too, and can be ended from outside."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import rclpy
from rclpy.client import Client
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.executors import Executor, ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import Int64
from std_srvs.srv import Trigger

from ibrl_ros.ros import executor as executor_module
from ibrl_ros.ros.executor import LeanExecutor, make_executor

WAIT_S = 20.0
RELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
UNRELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
MESSAGES = 200


@pytest.fixture
def node(ros_domain: int) -> Iterator[Node]:
    rclpy.init()
    node = Node("subject")
    yield node
    node.destroy_node()
    rclpy.try_shutdown()


@contextmanager
def spinning(node: Node, executor: Executor | None = None) -> Iterator[SimpleNamespace]:
    """A thread that spins the node; `.failure` holds what ended it."""
    executor, outcome = executor or LeanExecutor(), SimpleNamespace(failure=None)
    executor.add_node(node)

    def spin() -> None:
        try:
            executor.spin()
        except Exception as error:  # the test asks for it
            outcome.failure = error

    outcome.thread = threading.Thread(target=spin)
    outcome.thread.start()
    try:
        yield outcome
    finally:
        executor.shutdown()
        outcome.thread.join(WAIT_S)
    assert not outcome.thread.is_alive()


def eventually(condition: Callable[[], object]) -> bool:
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.01)):
        if condition():
            return True
        pause.wait(0.01)
    return False


def test_every_message_arrives_once_and_in_order(node: Node) -> None:
    heard: list[int] = []
    node.create_subscription(Int64, "numbers", lambda message: heard.append(message.data), MESSAGES)
    publisher = node.create_publisher(Int64, "numbers", MESSAGES)
    with spinning(node):
        assert eventually(publisher.get_subscription_count)
        for number in range(MESSAGES):
            publisher.publish(Int64(data=number))
        assert eventually(lambda: len(heard) >= MESSAGES)
    assert heard == list(range(MESSAGES))


def test_timers_fire_until_they_are_cancelled(node: Node) -> None:
    calls: list[int] = []

    def tick() -> None:
        calls.append(len(calls))
        if len(calls) == 3:
            timer.cancel()

    timer = node.create_timer(0.005, tick)
    later: list[bool] = []
    node.create_timer(0.2, lambda: later.append(True))
    with spinning(node):
        assert eventually(lambda: len(later) >= 2)
    assert calls == [0, 1, 2]


def test_a_client_hears_its_service(node: Node) -> None:
    def answer(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, "done"
        return response

    node.create_service(Trigger, "do", answer)
    client: Client = node.create_client(Trigger, "do")
    with spinning(node):
        assert client.wait_for_service(WAIT_S)
        futures = [client.call_async(Trigger.Request()) for _ in range(5)]
        assert eventually(lambda: all(future.done() for future in futures))
    answers = [future.result() for future in futures]
    assert [reply and reply.message for reply in answers] == ["done"] * 5


def test_who_waits_for_an_answer_is_called_though_nothing_else_happens(node: Node) -> None:
    node.create_service(Trigger, "do", lambda request, response: response)
    client: Client = node.create_client(Trigger, "do")
    told: list[int] = []
    with spinning(node):
        assert client.wait_for_service(WAIT_S)
        future = client.call_async(Trigger.Request())
        for number in range(3):
            future.add_done_callback(lambda _, number=number: told.append(number))
        assert eventually(lambda: len(told) == 3)


def test_a_guard_condition_calls_back_each_time(node: Node) -> None:
    calls: list[bool] = []
    guard = node.create_guard_condition(lambda: calls.append(True))
    with spinning(node):
        for count in range(1, 4):
            guard.trigger()
            assert eventually(lambda count=count: len(calls) == count)


def test_what_comes_while_spinning_is_served_and_what_goes_is_not(node: Node) -> None:
    heard: list[int] = []
    publisher = node.create_publisher(Int64, "numbers", 10)
    with spinning(node):
        subscription = node.create_subscription(
            Int64, "numbers", lambda message: heard.append(message.data), 10
        )
        assert eventually(publisher.get_subscription_count)
        publisher.publish(Int64(data=1))
        assert eventually(lambda: heard == [1])
        node.destroy_subscription(subscription)
        assert eventually(lambda: publisher.get_subscription_count() == 0)
        publisher.publish(Int64(data=2))
        ticks: list[bool] = []
        node.create_timer(0.01, lambda: ticks.append(True))
        assert eventually(lambda: len(ticks) > 3)
    assert heard == [1]


def test_a_callback_may_destroy_a_subscription(node: Node) -> None:
    ticks: list[int] = []
    subscription = node.create_subscription(Int64, "numbers", lambda message: None, 10)

    def tick() -> None:
        ticks.append(len(ticks))
        if len(ticks) == 5:
            node.destroy_subscription(subscription)

    node.create_timer(0.01, tick)
    with spinning(node) as spinner:
        assert eventually(lambda: len(ticks) > 10), spinner.failure


def test_settings_of_quality_that_do_not_match_are_told_even_if_nothing_else_happens(node: Node) -> None:
    told: list[str] = []
    node.create_subscription(
        Int64, "numbers", lambda message: None, RELIABLE,
        event_callbacks=SubscriptionEventCallbacks(incompatible_qos=lambda event: told.append(str(event))),
    )  # fmt: skip
    with spinning(node) as spinner:
        node.create_publisher(Int64, "numbers", UNRELIABLE)
        assert eventually(lambda: told), spinner.failure


def test_a_callback_that_fails_ends_the_spin(node: Node) -> None:
    def fail() -> None:
        raise ValueError("of no use")

    node.create_timer(0.01, fail)
    with spinning(node) as spinner:
        assert eventually(lambda: spinner.failure is not None)
    assert isinstance(spinner.failure, ValueError)


def test_the_context_s_end_ends_the_spin(node: Node) -> None:
    with spinning(node) as spinner:
        rclpy.shutdown()
        assert eventually(lambda: spinner.failure is not None)
    assert isinstance(spinner.failure, ExternalShutdownException)


def test_so_does_one_that_ended_before(node: Node) -> None:
    rclpy.shutdown()
    with pytest.raises(ExternalShutdownException):
        LeanExecutor.spin(SimpleNamespace(context=node.context, _is_shutdown=False))  # type: ignore[arg-type]


def test_a_shutdown_before_the_first_wait_is_heard(node: Node) -> None:
    executor = LeanExecutor()
    executor.shutdown()
    executor.spin_once()  # would wait for ever


class Counted(LeanExecutor):
    """Counts how often each of the two loops is gone through."""

    lean = rclpys = 0

    def spin_once(self, timeout_sec: float | None = None) -> None:
        self.lean += 1
        super().spin_once(timeout_sec)

    def _spin_once_impl(self, *args: Any, **kwargs: Any) -> None:
        self.rclpys += 1
        super()._spin_once_impl(*args, **kwargs)


def spin_as_newer_rclpy_does(executor: Any) -> None:
    """Since rclpy 7.1.9 in Jazzy, 9.1.5 in Kilted and 10 in Lyrical: past an executor's own `spin_once`."""
    while executor.context.ok() and not executor._is_shutdown:
        executor._spin_once_impl()


@pytest.mark.parametrize("newer", [False, True])
def test_its_own_loop_runs_whatever_rclpy_spins_with(
    node: Node, newer: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if newer:
        monkeypatch.setattr(Executor, "spin", spin_as_newer_rclpy_does)
    executor = Counted()
    ticks: list[bool] = []
    node.create_timer(0.01, lambda: ticks.append(True))
    with spinning(node, executor):
        assert eventually(lambda: len(ticks) > 10)
    assert executor.lean > 10
    assert executor.rclpys == 0


def test_it_gives_way_where_rclpy_lacks_what_it_leans_on(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(make_executor()) is LeanExecutor
    monkeypatch.setitem(executor_module.LEANS_ON, Node, ("no_such_name",))
    executor = make_executor()
    assert type(executor) is SingleThreadedExecutor
    ticks: list[bool] = []
    node.create_timer(0.01, lambda: ticks.append(True))
    with spinning(node, executor):
        assert eventually(lambda: len(ticks) > 10)
