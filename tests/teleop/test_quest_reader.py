"""The reader against an adb server that speaks the protocol: every state by its name, and back by itself."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fake_adb import PACKAGE, FakeAdb, Headset
from quest_hand import QuestHand

from ibrl_ros.teleop import quest_reader
from ibrl_ros.teleop.adb import DEFAULT_SERVER, DeviceProblem, choose, server_address
from ibrl_ros.teleop.devices.quest import QuestConfig
from ibrl_ros.teleop.quest_reader import AdbReader, Arrivals

adbutils = pytest.importorskip("adbutils")

PATIENCE_S = 20.0
ADDRESS = "192.0.2.7:5555"


class Room:
    """A hand, a headset, an adb server and readers of them."""

    def __init__(self) -> None:
        self.hand = QuestHand()
        self.headset = Headset(line=self.hand.line)
        self.adb = FakeAdb()
        self._readers: list[AdbReader] = []

    def read(self, **config: object) -> AdbReader:
        reader = AdbReader(QuestConfig(**{"adb_server": self.adb.address, "stale_after_s": 0.5, **config}))
        self._readers.append(reader)
        return reader

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        self.adb.stop()


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    monkeypatch.setattr(quest_reader, "RETRY_S", 0.05)
    one = Room()
    yield one
    one.close()


def wait_for(condition: Callable[[], bool], explain: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.01)


def wait_for_state(reader: AdbReader, name: str) -> str:
    """Until the state has this name; what it says. Nothing that can be used may be seen before."""
    wait_for(lambda: reader.arrivals.state.name == name, lambda: reader.arrivals.state)
    if name != "streaming":
        assert reader.arrivals.take() is None
    return reader.arrivals.state.says


def test_it_starts_the_app_and_streams(room: Room) -> None:
    room.adb.plug_in(room.headset)
    reader = room.read()
    wait_for_state(reader, "streaming")
    assert room.headset.started == 1
    hand = reader.arrivals.take()
    assert hand is not None
    np.testing.assert_allclose(hand.pose.position, room.hand.position_m, atol=5e-6)


def test_over_wifi(room: Room) -> None:
    reader = room.read(address="192.0.2.7")
    assert "Connection refused" in wait_for_state(reader, "no headset")
    room.adb.network[ADDRESS] = Headset(ADDRESS, line=room.hand.line)
    wait_for_state(reader, "streaming")
    assert f"host:connect:{ADDRESS}" in room.adb.requests


def test_the_chosen_serial_number(room: Room) -> None:
    other = Headset("another")
    room.adb.plug_in(other)
    room.adb.plug_in(room.headset)
    assert "another, " in wait_for_state(room.read(), "several headsets")
    wait_for_state(room.read(serial=room.headset.serial), "streaming")
    assert other.started == 0


def test_what_is_in_the_way_is_named_and_gone_when_it_is_gone(room: Room) -> None:
    room.adb.stop()
    reader = room.read()
    assert "adb start-server" in wait_for_state(reader, "no adb server")
    room.adb.start()
    wait_for_state(reader, "no headset")
    room.headset.state, room.headset.installed = "unauthorized", False
    room.adb.plug_in(room.headset)
    assert room.headset.serial in wait_for_state(reader, "unauthorised")
    room.headset.state = "offline"
    wait_for_state(reader, "offline")
    room.headset.state = "device"
    says = wait_for_state(reader, "app missing")
    assert PACKAGE in says and "adb install" in says
    room.headset.line = lambda: None
    room.headset.installed = True
    wait_for_state(reader, "connecting")
    room.headset.line = room.hand.line
    wait_for_state(reader, "streaming")


def test_unplugged_and_plugged_in_again(room: Room) -> None:
    room.adb.plug_in(room.headset)
    reader = room.read()
    wait_for_state(reader, "streaming")
    room.adb.unplug(room.headset.serial)
    wait_for_state(reader, "no headset")
    room.adb.plug_in(room.headset)
    wait_for_state(reader, "streaming")
    room.adb.stop()
    wait_for_state(reader, "no adb server")
    room.adb.start()
    wait_for_state(reader, "streaming")


def test_a_controller_that_is_lost_and_found(room: Room) -> None:
    room.adb.plug_in(room.headset)
    reader = room.read()
    wait_for_state(reader, "streaming")
    room.hand.seen = False
    wait_for_state(reader, "lost tracking")
    room.hand.seen = True
    wait_for_state(reader, "streaming")


def test_the_stop_is_heard_of_a_controller_that_is_not_seen(room: Room) -> None:
    room.adb.plug_in(room.headset)
    reader = room.read()
    wait_for_state(reader, "streaming")
    assert not reader.arrivals.take_stop()
    room.hand.seen = False
    wait_for_state(reader, "lost tracking")
    room.hand.stick = (0.9, 0.0)
    wait_for(reader.arrivals.take_stop, lambda: reader.arrivals.state)


def test_a_hand_that_stays_to_the_last_digit_while_squeezed_is_lost(room: Room) -> None:
    room.hand.trembles = False
    room.adb.plug_in(room.headset)
    reader = room.read()
    wait_for_state(reader, "streaming")
    room.hand.grip = 1.0
    wait_for_state(reader, "lost tracking")
    room.hand.trembles = True
    wait_for_state(reader, "streaming")


def test_a_log_that_falls_silent_is_stale_and_the_app_is_started_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quest_reader, "SILENCE_S", 1.0)
    room.adb.plug_in(room.headset)
    reader = room.read()
    wait_for_state(reader, "streaming")
    room.headset.line = lambda: None
    wait_for_state(reader, "stale")
    wait_for(lambda: room.headset.started == 2, lambda: room.headset)
    room.headset.line = room.hand.line
    wait_for_state(reader, "streaming")


def test_garbage_between_the_lines_does_no_harm(room: Room) -> None:
    garbage = iter(["\0\xff", "r:nan&R", "&", "x" * 200_000, room.hand.line()[:100]] * 40)
    room.headset.line = lambda: next(garbage, None) or room.hand.line()
    room.adb.plug_in(room.headset)
    wait_for_state(room.read(), "streaming")


def test_garbage_alone_is_named(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quest_reader, "SILENCE_S", 1.0)
    room.headset.line = lambda: "this is not the app"
    room.adb.plug_in(room.headset)
    reader = room.read()
    wait_for_state(reader, "garbled")
    wait_for(lambda: room.headset.started > 1, lambda: room.headset)
    room.headset.line = room.hand.line
    wait_for_state(reader, "streaming")
    room.headset.line = lambda: ""
    wait_for_state(reader, "garbled")


def test_an_old_server_speaks_of_transports_without_ids(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_adb.SERVER_VERSION", 40)
    room.adb.plug_in(room.headset)
    wait_for_state(room.read(), "streaming")
    assert f"host:transport:{room.headset.serial}" in room.adb.requests


def test_without_adbutils_it_says_what_to_install(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "adbutils", None)
    assert "pip install -e '.[quest]'" in wait_for_state(room.read(), "adbutils missing")


def test_a_short_press_between_two_steps_is_kept() -> None:
    arrivals, hand = Arrivals(QuestConfig(), clock=lambda: 0.0), QuestHand()
    from ibrl_ros.teleop.oculus_log import parse

    for pressed in ("", "A", ""):
        hand.pressed = frozenset(pressed)
        arrivals.arrived(parse(f"wE9ryARX: {hand.line()}") or {})
    assert arrivals.take().first
    assert not arrivals.take().first


def test_a_hand_is_fresh_for_a_while_only() -> None:
    now_s = [0.0]
    arrivals = Arrivals(QuestConfig(), clock=lambda: now_s[0])
    from ibrl_ros.teleop.oculus_log import parse

    arrivals.arrived(parse(f"wE9ryARX: {QuestHand().line()}") or {})
    now_s[0] = 0.19
    assert arrivals.take() is not None and arrivals.state.usable
    now_s[0] = 0.21
    assert arrivals.take() is None and arrivals.state.name == "stale"


@pytest.mark.parametrize(
    ("setting", "environment", "address"),
    [
        ("", "", DEFAULT_SERVER),
        ("", "tcp:5038", ("127.0.0.1", 5038)),
        ("", "tcp:robot-pc:5037", ("robot-pc", 5037)),
        ("10.0.0.2:5039", "tcp:5038", ("10.0.0.2", 5039)),
    ],
)
def test_where_the_adb_server_is(
    setting: str, environment: str, address: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADB_SERVER_SOCKET", environment)
    assert server_address(setting) == address


def test_an_address_that_is_none_is_said() -> None:
    with pytest.raises(DeviceProblem, match="host:port"):
        server_address("somewhere")


def test_a_device_without_permissions() -> None:
    with pytest.raises(DeviceProblem, match="udev"):
        choose([("1WMHH", "no")], "")


class TestGenuineClient:
    """The fake server is judged by adb itself."""

    @pytest.fixture
    def adb(self, room: Room) -> Callable[..., str]:
        try:
            path = adbutils.adb_path()
        except adbutils.AdbError:
            pytest.skip("no adb here")
        room.adb.plug_in(room.headset)

        def run(*words: str) -> str:
            environment = {**os.environ, "ADB_SERVER_SOCKET": f"tcp:{room.adb.address}"}
            done = subprocess.run(
                [Path(path), *words], env=environment, capture_output=True, text=True, timeout=PATIENCE_S
            )
            assert done.returncode == 0, done
            return done.stdout

        return run

    def test_it_lists_the_headset(self, adb: Callable[..., str], room: Room) -> None:
        assert f"{room.headset.serial}\tdevice" in adb("devices")
        assert adb("get-state") == "device\n"

    def test_it_runs_commands(self, adb: Callable[..., str], room: Room) -> None:
        for serial in ([], ["-s", room.headset.serial]):
            for plain in ([], ["-x"]):  # shell,v2 and shell
                assert adb(*serial, "shell", *plain, f"pm path {PACKAGE}").startswith("package:")
        assert "Starting" in adb("shell", "am", "start", "-n", f"{PACKAGE}/.MainActivity")

    def test_it_connects_and_waits(self, adb: Callable[..., str], room: Room) -> None:
        room.adb.network[ADDRESS] = Headset(ADDRESS)
        assert f"connected to {ADDRESS}" in adb("connect", ADDRESS)
