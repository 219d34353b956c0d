"""Connects to a headset through the adb server: finds it, starts the app, opens its log."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ibrl_ros.teleop.device import DeviceState
from ibrl_ros.teleop.oculus_log import TAG

if TYPE_CHECKING:
    from ibrl_ros.teleop.devices.quest import QuestConfig

PACKAGE = "com.rail.oculus.teleop"
ACTIVITY = f"{PACKAGE}/{PACKAGE}.MainActivity"
DEFAULT_SERVER = ("127.0.0.1", 5037)
WIFI_PORT = 5555

_ANSWER_S = 5.0
_LOOK_S = 0.5
_START = f"am start -n {ACTIVITY} -a android.intent.action.MAIN -c android.intent.category.LAUNCHER"
_FOLLOW = f"logcat -v tag -T 1 -s {TAG}:I"


class DeviceProblem(RuntimeError):
    """The device can't be used; `state` has the cause and what to do."""

    def __init__(self, name: str, says: str) -> None:
        super().__init__(f"{name}: {says}")
        self.state = DeviceState(name, says)


def server_address(setting: str = "") -> tuple[str, int]:
    """Host and port of the adb server: the setting, else ADB_SERVER_SOCKET, else 127.0.0.1:5037.

    Raises:
        DeviceProblem: neither host:port nor, in the environment, tcp:host:port or tcp:port.
    """
    text = setting or os.environ.get("ADB_SERVER_SOCKET", "").removeprefix("tcp:")
    if not text:
        return DEFAULT_SERVER
    host, _, port = text.rpartition(":")
    if not port.isdecimal():
        raise DeviceProblem("no adb server", f"{text!r} is no address of an adb server; host:port is")
    return host or DEFAULT_SERVER[0], int(port)


def open_log(config: QuestConfig) -> socket.socket:
    """Start the app on the headset and open its log; the caller closes the socket.

    Raises:
        DeviceProblem: one of the states of docs/quest.md.
    """
    device = find_headset(config)
    with _faults_named(config):
        _say(device, _START)
        return _shell(device, _FOLLOW).conn


def find_headset(config: QuestConfig) -> Any:
    """The headset as adbutils' device, checked for the app. Connects first if an address is set.

    Raises:
        DeviceProblem: one of the states of docs/quest.md.
    """
    adbutils = _adbutils()
    host, port = server_address(config.adb_server)
    _look_for_server(host, port)
    with _faults_named(config):
        client = adbutils.AdbClient(host=host, port=port, socket_timeout=_ANSWER_S)
        if config.address:
            _connect(client, _with_port(config.address))
        wanted = _with_port(config.address) if config.address else config.serial
        device = client.device(serial=choose([(info.serial, info.state) for info in client.list()], wanted))
        _require_app(device)
        return device


@contextmanager
def _faults_named(config: QuestConfig) -> Iterator[None]:
    try:
        yield
    except (_adbutils().AdbError, OSError, EOFError, ValueError, subprocess.SubprocessError) as error:
        host, port = server_address(config.adb_server)
        raise DeviceProblem("adb failed", f"the adb server at {host}:{port} says: {error}") from error


def choose(devices: Sequence[tuple[str, str]], wanted: str) -> str:
    """The serial number to use.

    Args:
        devices: (serial number, state) of all devices that the adb server knows.
        wanted: serial number; empty to use the only device.

    Raises:
        DeviceProblem: the device is missing or unusable, or there are several.
    """
    known = ", ".join(serial for serial, _ in devices) or "none"
    found = [device for device in devices if device[0] == wanted or not wanted]
    if not found:
        which = f"headset {wanted}" if wanted else "headset"
        raise DeviceProblem("no headset", f"no {which} (known to adb: {known}): connect it and switch it on")
    if len(found) > 1:
        raise DeviceProblem("several headsets", f"several devices ({known}): set quest.serial to one of them")
    serial, state = found[0]
    if state == "unauthorized":
        raise DeviceProblem(
            "unauthorised", f"put headset {serial} on, choose 'Always allow from this computer'"
        )
    if state == "no":  # "no permissions (...)"
        raise DeviceProblem("no permissions", f"no access to {serial} over USB: install adb's udev rules")
    if state != "device":
        raise DeviceProblem("offline", f"headset {serial} is {state}: unplug it, plug it in again")
    return serial


def _adbutils() -> Any:
    try:
        import adbutils
    except ImportError as error:
        raise DeviceProblem(
            "adbutils missing", "install it: pip install -e '.[quest]' in this project's checkout"
        ) from error
    return adbutils


def _look_for_server(host: str, port: int) -> None:
    """Check that a server is running, because adbutils would silently start one."""
    try:
        socket.create_connection((host, port), timeout=_LOOK_S).close()
    except OSError as error:
        raise DeviceProblem(
            "no adb server", f"nothing answers at {host}:{port}: run `adb start-server` ({error})"
        ) from error


def _with_port(address: str) -> str:
    return address if ":" in address else f"{address}:{WIFI_PORT}"


def _connect(client: Any, address: str) -> None:
    answer = client.connect(address, timeout=_ANSWER_S)
    if "connected to" not in answer and "authenticate" not in answer:
        raise DeviceProblem(
            "no headset",
            f"{answer}; run `adb tcpip {WIFI_PORT}` once with its cable in; share one network",
        )


def _shell(device: Any, command: str) -> Any:
    """Connection to a running command on the headset; adbutils' own `shell` has a timeout of ten minutes."""
    connection = device.open_transport(timeout=_ANSWER_S)
    connection.send_command(f"shell:{command}")
    connection.check_okay()
    return connection


def _say(device: Any, command: str) -> str:
    """Output of a command on the headset."""
    with _shell(device, command) as connection:
        return connection.read_until_close()


def _require_app(device: Any) -> None:
    if not _say(device, f"pm path {PACKAGE}").startswith("package:"):
        raise DeviceProblem(
            "app missing",
            f"the headset has no {PACKAGE}: adb install -g teleop-debug.apk, "
            "from github.com/rail-berkeley/oculus_reader (docs/quest.md)",
        )
