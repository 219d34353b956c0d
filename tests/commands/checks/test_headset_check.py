from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fake_adb import FakeAdb, Headset

from ibrl_ros.commands.checks import headset
from ibrl_ros.commands.checks.finding import Finding, Setup


@pytest.fixture
def adb() -> Iterator[FakeAdb]:
    fake = FakeAdb()
    yield fake
    fake.stop()


def checked(setup: Setup, address: str) -> Finding:
    quest = setup.devices.quest.model_copy(update={"adb_server": address})
    (found,) = headset.check(replace(setup, devices=setup.devices.model_copy(update={"quest": quest})))
    return found


def test_a_closed_port_is_only_looked_at(setup: Setup, lab: Setup) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, but nobody listens
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        found = checked(lab, address)
        assert found.level == "missing" and address in found.says and "adb start-server" in found.says
        assert checked(setup, address).level == "ok"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(nobody.getsockname())


def test_a_headset_with_the_app(lab: Setup, adb: FakeAdb) -> None:
    adb.plug_in(Headset(serial="1WMHH1"))
    assert checked(lab, adb.address) == Finding("headset", "ok", "1WMHH1, with the app")
    assert adb.headsets["1WMHH1"].started == 0


@pytest.mark.parametrize(
    ("plugged_in", "word"),
    [
        (None, "no headset"),
        (Headset(state="unauthorized"), "unauthorised"),
        (Headset(installed=False), "app missing"),
    ],
)
def test_what_is_in_the_way_is_named(lab: Setup, adb: FakeAdb, plugged_in: Headset | None, word: str) -> None:
    if plugged_in is not None:
        adb.plug_in(plugged_in)
    found = checked(lab, adb.address)
    assert found.level == "missing" and found.says.startswith(word)
