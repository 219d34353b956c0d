"""teleop_node with a device: its state on /diagnostics, what it asks for, and what it waits for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from fake_adb import FakeAdb, Headset
from quest_hand import QuestHand
from sensor_msgs.msg import JointState, Joy
from spun_nodes import Nodes
from statuses import episode_status

from ibrl_ros.config import ConfigError
from ibrl_ros.control.action import Execution
from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut
from ibrl_ros.nodes.teleop_node import TeleopNode
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import execution_message
from ibrl_ros.ros.convert import to_seconds, vector_message, vector_values
from ibrl_ros.ros.qos import COMMAND, QUEUE, SENSOR
from ibrl_ros.ros.status import OK, WARN, status_values
from ibrl_ros.ros.statuses import EpisodeStatus, status_teller

PROP = {"x": 0.5, "y": 0.0, "z": 0.2, "qx": 1.0, "qy": 0.0, "qz": 0.0, "qw": 0.0, "gripper": 0.0}
STAMP_S = 12.5
START, DEADMAN, STICK_FORWARD = 6, 10, 1


def teleop_node(settings: dict[str, Any]) -> TeleopNode:
    """The node with these parameters."""

    class Configured(TeleopNode):
        def setting(self, name: str, default: Any = None) -> Any:
            return settings[name] if name in settings else super().setting(name, default)

    return Configured()


class World:
    """A robot at rest, and what teleop_node says."""

    def __init__(self, nodes: Nodes, **settings: object) -> None:
        self._nodes, node = nodes, nodes.make("world")
        self.commands: list[JointState] = []
        self.told: list[tuple[bytes, str]] = []
        self.waits_for = ""
        self.prop, self.state, self.stamp_s = dict(PROP), dict[str, float](), STAMP_S
        self._prop = node.create_publisher(JointState, names.PROPRIO, COMMAND)
        self._tell = status_teller(node, EpisodeStatus)
        self._state = node.create_publisher(JointState, names.SIM_STATE, SENSOR)
        self._executed = node.create_publisher(JointState, names.EXECUTED, QUEUE)
        self._joy = node.create_publisher(Joy, "joy", SENSOR)
        self._pressed: tuple[int, ...] = ()
        self._plugged_in = True
        node.create_subscription(JointState, names.TELEOP_COMMAND, self.commands.append, SENSOR)
        node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, self._heard, QUEUE)
        node.create_timer(0.05, self._publish)
        self.teleop = nodes.make("teleop", lambda _: teleop_node(settings))

    def _publish(self) -> None:
        self._prop.publish(vector_message(self.prop, self.stamp_s))
        if self.state:
            self._state.publish(vector_message(self.state, self.stamp_s))
        if not self._plugged_in:
            return
        axes = [1.0 if index == STICK_FORWARD else 0.0 for index in range(6)]
        self._joy.publish(Joy(axes=axes, buttons=[int(index in self._pressed) for index in range(21)]))

    def _heard(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "teleop_node":
                self.waits_for = status_values(status)["waiting_for"]
                self.told += [(status.level, status_values(status)["state"])] if status.message else []

    def run(self, *, running: bool) -> None:
        state = EpisodeState.RUNNING if running else EpisodeState.WAITING
        self._tell(episode_status(state=state, id="e1", seed=3))
        self._nodes.spin_until(lambda: self.teleop._running == running)
        self.commands.clear()

    def press(self, *buttons: int) -> None:
        self._pressed = buttons

    def unplug(self) -> None:
        self._plugged_in = False

    def executed(self, goal: Pose | None = None, closed: float | None = None, sequence: int = 0) -> None:
        still = np.zeros(7, np.float32)
        execution = Execution(sequence, True, "", still, Cut.NONE, goal, closed)
        self._executed.publish(execution_message(execution, self.stamp_s))

    @property
    def newest(self) -> dict[str, float]:
        return vector_values(self.commands[-1]) if self.commands else {}

    def until_commanded(self, **values: float) -> None:
        def commanded() -> bool:
            newest = self.newest
            return all(newest.get(key) == value for key, value in values.items())

        self._nodes.spin_until(commanded)

    def until_told(self, level: bytes, state: str) -> None:
        self._nodes.spin_until(lambda: (level, state) in self.told)


def test_a_gamepad_drives_while_an_episode_runs(nodes: Nodes) -> None:
    world = World(nodes, teleop="gamepad")
    world.until_told(OK, "ready")
    world.until_commanded(deadman=0.0)
    world.press(DEADMAN)
    world.until_commanded(deadman=1.0)  # the plain switch: the gate doesn't arm while it is held
    assert "x" not in world.newest, "it asks for no motion"
    world.run(running=True)
    world.until_commanded(deadman=0.0)
    world.press()
    nodes.spin_until(lambda: world.teleop._source._deadman._seen_released)
    world.press(DEADMAN)
    world.until_commanded(deadman=1.0, closed=0.0)
    nodes.spin_until(lambda: world.newest["x"] > PROP["x"] + 0.02)
    assert [world.newest[name] for name in "yz"] == pytest.approx([PROP["y"], PROP["z"]])
    world.press(DEADMAN, 0)
    world.until_commanded(success=1.0)
    world.run(running=False)
    world.press()
    world.until_commanded(deadman=0.0, success=0.0)
    world.press(START)
    world.until_commanded(start=1.0)


def test_a_quest_tells_every_state_by_its_name(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("adbutils")
    adb, hand = FakeAdb(), QuestHand()
    headset = Headset(line=hand.line)
    monkeypatch.setenv("ADB_SERVER_SOCKET", f"tcp:{adb.address}")
    monkeypatch.setattr("ibrl_ros.teleop.quest_reader.RETRY_S", 0.1)
    world = World(nodes, teleop="quest")
    try:
        world.until_told(WARN, "no headset")
        adb.plug_in(headset)
        world.until_told(OK, "streaming")
        world.run(running=True)
        world.until_commanded(deadman=0.0)
        hand.grip = 1.0
        world.until_commanded(deadman=1.0, closed=0.0)
        read_s, said_s = world.newest["read"], to_seconds(world.commands[-1].header.stamp)
        assert abs(said_s - world.teleop.now_s()) < 60 and read_s <= said_s
        hand.seen = False
        world.until_told(WARN, "lost tracking")
        world.until_commanded(deadman=0.0)
    finally:
        world.teleop.close()
        adb.stop()


def test_a_link_that_breaks_is_no_release(nodes: Nodes) -> None:
    world = World(nodes, teleop="gamepad")
    world.run(running=True)
    world.until_commanded(deadman=0.0, usable=1.0, enable=1.0)
    world.press(DEADMAN)
    world.until_commanded(deadman=1.0, usable=1.0)
    world.unplug()
    world.until_commanded(deadman=0.0)
    assert vector_values(world.commands[-1])["usable"] == 0.0


def test_a_squeeze_keeps_the_gripper_as_it_was_told(nodes: Nodes) -> None:
    """Fingers around something wide look open, and so do those that have just begun to close."""
    world = World(nodes, teleop="gamepad")
    world.prop["gripper"] = 0.06
    world.run(running=True)
    world.until_commanded(deadman=0.0, usable=1.0)
    timer = world.teleop.create_timer(0.05, lambda: world.executed(closed=1.0))
    nodes.spin_until(lambda: world.teleop._inputs.told.newest is not None)
    world.teleop.destroy_timer(timer)
    world.press(DEADMAN)
    world.until_commanded(deadman=1.0, closed=1.0)


BLOCK = {name: 0.0 for name in ("x", "y", "z", "sin4", "held", "height", "a", "b")} | {"cos4": 1.0}


def test_a_script_is_always_usable(nodes: Nodes) -> None:
    world = World(nodes, teleop="scripted")
    world.state = BLOCK
    world.until_commanded(deadman=0.0, usable=1.0, enable=1.0)


def test_a_script_waits_for_what_it_needs_and_says_for_what(nodes: Nodes) -> None:
    world = World(nodes, teleop="scripted")
    world.run(running=True)
    nodes.spin_until(lambda: world.waits_for == names.SIM_STATE)
    assert not world.commands
    world.state = BLOCK
    world.until_commanded(deadman=1.0)
    nodes.spin_until(lambda: not world.waits_for)


def test_readings_that_are_no_pose_change_nothing(nodes: Nodes) -> None:
    world = World(nodes, teleop="gamepad")
    world.prop = dict.fromkeys(PROP, 0.0)
    nodes.spin_until(lambda: world.waits_for == names.PROPRIO)
    world.prop = {"x": 0.5}
    nodes.spin_until(lambda: len(world.told) > 1)
    world.prop = dict(PROP)
    world.until_commanded(deadman=0.0)


def test_in_lockstep_a_step_is_counted_from_what_became_of_the_one_before(nodes: Nodes) -> None:
    """The next reading may be heard before the answer that it follows."""
    world = World(nodes, teleop="scripted", clock="lockstep", operator_noise=0.0)
    world.state = BLOCK | {"z": -1.0}
    world.run(running=True)
    nodes.spin_until(lambda: world.newest.get("deadman") == 1.0)
    first = world.newest["z"]
    world.stamp_s += 0.1
    heard = len(world.commands)
    nodes.spin_until(lambda: world.teleop._inputs.prop[0] == world.stamp_s)
    for _ in range(5):
        world._publish()
    nodes.spin_until(lambda: world.waits_for == "")
    assert all(to_seconds(command.header.stamp) == STAMP_S for command in world.commands[heard:])
    world.stamp_s = STAMP_S
    goal = Pose.of((0.5, 0.0, 0.3), (1, 0, 0, 0))
    world.executed(goal, closed=0.0)
    nodes.spin_until(lambda: world.teleop._inputs.told.newest is not None)
    world.stamp_s += 0.1
    nodes.spin_until(lambda: to_seconds(world.commands[-1].header.stamp) == world.stamp_s)
    assert world.newest["z"] > first + 0.05, "it is counted from the goal, which is 10 cm higher"


@pytest.mark.parametrize("device", ["quest", "gamepad", "spacemouse", "keyboard"])
def test_a_person_is_never_in_lockstep(nodes: Nodes, device: str) -> None:
    with pytest.raises(ConfigError, match=f"teleop:={device} .*clock:=lockstep"):
        teleop_node({"teleop": device, "clock": "lockstep"})
