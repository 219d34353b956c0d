from __future__ import annotations

from collections.abc import Iterator

import pytest
from rclpy.node import Node
from spun_nodes import Nodes
from std_srvs.srv import SetBool

from ibrl_ros.ros.service_call import ServiceCall

SERVICE = "robot/arm"


class Door(Node):
    """Refuses as often as it is told to, and notes what it is asked."""

    def __init__(self, name: str, refusals: int) -> None:
        super().__init__(name)
        self.asked: list[bool] = []
        self._refusals = refusals
        self.create_service(SetBool, SERVICE, self._answer)

    def _answer(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self.asked.append(request.data)
        response.success, response.message = len(self.asked) > self._refusals, "not yet"
        return response


@pytest.fixture
def call(nodes: Nodes) -> Iterator[ServiceCall]:
    node = nodes.make("asker")
    client = node.create_client(SetBool, SERVICE)
    yield ServiceCall(node, client, SetBool.Request(data=True), "open", lambda: None)


def test_is_asked_until_it_succeeds_and_then_no_more(nodes: Nodes, call: ServiceCall) -> None:
    assert not call.done() and not call.begun  # nobody is there to be asked
    door = nodes.make("door", Door, refusals=2)
    nodes.spin_until(call.done)
    for _ in range(20):
        assert call.done()
    assert door.asked == [True, True, True]


def test_what_was_cleared_is_asked_anew(nodes: Nodes, call: ServiceCall) -> None:
    door = nodes.make("door", Door, refusals=0)
    nodes.spin_until(call.done)
    call.clear()
    assert not call.begun and not call.succeeded
    nodes.spin_until(call.done)
    assert len(door.asked) == 2


def test_an_answer_to_what_was_cleared_does_not_count(nodes: Nodes, call: ServiceCall) -> None:
    door = nodes.make("door", Door, refusals=0)

    def begun() -> bool:
        call.done()
        return call.begun

    nodes.spin_until(begun)
    call.clear()
    nodes.spin_until(lambda: bool(door.asked))
    assert not call.succeeded
