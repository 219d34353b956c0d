from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fake_adb import FakeAdb, Headset

from ibrl_ros.commands.checks import devices
from ibrl_ros.commands.checks.finding import Finding, Setup
from ibrl_ros.config import TeleopConfig


@pytest.fixture
def adb() -> Iterator[FakeAdb]:
    fake = FakeAdb()
    yield fake
    fake.stop()


def checked(setup: Setup, address: str) -> Finding:
    content = {**setup.devices.model_dump(), "quest": {"adb_server": address}}
    (found,) = devices.check(replace(setup, devices=TeleopConfig.model_validate(content)))
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


def test_a_device_that_lacks_its_section_matters_where_it_is_chosen(setup: Setup) -> None:
    bare = replace(setup, devices=TeleopConfig.model_validate({}))
    assert [found.name for found in devices.check(bare)] == ["headset"]
    found = {found.name: found for found in devices.check(replace(bare, teleop="gamepad"))}
    assert found["gamepad"].level == "missing" and "no section 'gamepad'" in found["gamepad"].says
