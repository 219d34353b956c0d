"""The stop of a person's device is heard by all, whatever else goes on."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fake_adb import FakeAdb, Headset
from quest_hand import QuestHand
from sensor_msgs.msg import Joy
from spun_nodes import Nodes
from std_msgs.msg import Bool

from ibrl_ros.nodes.teleop_node import STOP_STANDS_S
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import LATCHED

STOP = 2
PRESSED_S = 0.1
PLAIN_QOS = 10  # what a publisher or subscriber has that says nothing else: reliable, volatile


class Bystanders:
    """Those who hear the stop: one with the plain quality of service, and one who comes late."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes, self.heard, self._heard_s = nodes, [], 0.0
        self._node = nodes.make("bystander")
        self._node.create_subscription(Bool, names.ESTOP, self._hears, PLAIN_QOS)

    def _hears(self, message: Bool) -> None:
        self.heard.append(message.data)
        self._heard_s = time.monotonic()

    def wait_for_teleop_node(self) -> None:
        """Until the stop would be heard; nothing has been said yet."""
        self._nodes.spin_until(lambda: self._node.count_publishers(names.ESTOP) > 0)
        assert not self.heard

    def until_stopped(self, press: Callable[[], object], let_go: Callable[[], object]) -> None:
        """Until all have heard `true`, and nobody anything else; the latecomer comes when all is quiet.

        Args:
            press: is done until it is heard: discovery takes its time, and a person would press again too.
            let_go: is done then.
        """
        timer = self._node.create_timer(PRESSED_S, press)
        self._nodes.spin_until(lambda: bool(self.heard))
        self._node.destroy_timer(timer)
        let_go()
        self._nodes.spin_until(lambda: time.monotonic() - self._heard_s > 2 * STOP_STANDS_S)
        late: list[bool] = []
        node = self._nodes.make("latecomer")
        node.create_subscription(Bool, names.ESTOP, lambda message: late.append(message.data), LATCHED)
        self._nodes.spin_until(lambda: bool(late))
        assert set(self.heard) == set(late) == {True}


@contextmanager
def teleop_process(teleop: str, stdin: int | None = None, **environment: str) -> Iterator[subprocess.Popen]:
    """A teleop_node of its own, without robot or episode, as long as the block runs."""
    command = [sys.executable, "-m", "ibrl_ros.nodes", "teleop_node", "--ros-args", "-p", f"teleop:={teleop}"]
    process = subprocess.Popen(command, stdin=stdin, env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def test_enter_on_a_terminal_stops_while_nothing_runs(nodes: Nodes) -> None:
    bystanders, (ours, theirs) = Bystanders(nodes), pty.openpty()
    with teleop_process("keyboard", stdin=theirs):
        bystanders.wait_for_teleop_node()
        os.write(ours, b"wsb ")
        bystanders.until_stopped(lambda: os.write(ours, b"\n"), let_go=lambda: None)
    os.close(ours)
    os.close(theirs)


def test_a_push_of_a_quests_stick_stops_while_nothing_runs(nodes: Nodes) -> None:
    pytest.importorskip("adbutils")
    bystanders, adb, hand = Bystanders(nodes), FakeAdb(), QuestHand()
    adb.plug_in(Headset(line=hand.line))

    def push(x: float, y: float) -> None:
        hand.stick = (x, y)

    try:
        with teleop_process("quest", ADB_SERVER_SOCKET=f"tcp:{adb.address}"):
            bystanders.wait_for_teleop_node()
            hand.seen = False
            bystanders.until_stopped(lambda: push(-0.9, 0.2), let_go=lambda: push(0.0, 0.0))
    finally:
        adb.stop()


def test_a_gamepads_x_stops_while_nothing_runs(nodes: Nodes) -> None:
    bystanders = Bystanders(nodes)
    node = nodes.make("joy")
    joy = node.create_publisher(Joy, "joy", PLAIN_QOS)

    def press(down: bool) -> None:
        joy.publish(Joy(axes=[0.0] * 6, buttons=[int(down and index == STOP) for index in range(21)]))

    with teleop_process("gamepad"):
        bystanders.wait_for_teleop_node()
        nodes.spin_until(lambda: joy.get_subscription_count() > 0)
        press(down=False)
        bystanders.until_stopped(lambda: press(down=True), let_go=lambda: press(down=False))
