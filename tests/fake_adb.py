"""An adb server with headsets that aren't there: the host protocol over TCP, as adb itself speaks it."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PACKAGE = "com.rail.oculus.teleop"
SERVER_VERSION = 41
RATE_HZ = 72.0
TRANSPORT_ID = struct.pack("<Q", 1)
FEATURES = "shell_v2,cmd"
OF_THE_SERVER = ("version", "devices", "devices-l", "host-features")


@dataclass
class Headset:
    """A device as the server knows it.

    Attributes:
        serial: its serial number, or its address.
        state: as `adb devices` shows it.
        installed: whether it has the app.
        line: makes the next line of the app's log; None for one that isn't written.
        started: how often the app was started.
    """

    serial: str = "1WMHH000X00000"
    state: str = "device"
    installed: bool = True
    line: Callable[[], str | None] = lambda: None
    started: int = 0


@dataclass
class FakeAdb:
    """The server, which listens on `port` until it is closed.

    Attributes:
        headsets: by serial number; they can come, go and change at any time.
        network: headsets that `adb connect` can reach.
        requests: everything that clients asked, in order.
    """

    headsets: dict[str, Headset] = field(default_factory=dict)
    network: dict[str, Headset] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._server: socketserver.ThreadingTCPServer | None = None
        self.port = 0
        self.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, on the same port as before."""
        fake = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                fake._open.add(self.request)
                with contextlib.suppress(OSError, EOFError):
                    fake._serve(self.request)
                fake._open.discard(self.request)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """As `adb kill-server`."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self._hang_up()

    def plug_in(self, headset: Headset) -> None:
        self.headsets[headset.serial] = headset

    def unplug(self, serial: str) -> None:
        del self.headsets[serial]
        self._hang_up()

    def _hang_up(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket) -> None:
        """Requests of one connection, until one of them takes it over."""
        device: Headset | None = None
        while True:
            request = _read(connection, int(_read(connection, 4), 16)).decode()
            self.requests.append(request)
            if device is not None:
                self._service(connection, device, request)
                return
            if request.startswith(("host:transport", "host:tport")):
                device = self._named(request.removeprefix("host:t").partition(":")[2].removeprefix("serial:"))
                if device is None or device.state != "device":
                    _fail(connection, "device not found" if device is None else f"device {device.state}")
                    return
                connection.sendall(b"OKAY" + (TRANSPORT_ID if "tport" in request else b""))
                continue
            if request.startswith("host:track-devices"):
                self._track(connection)
            else:
                self._answer(connection, request)
            return

    def _named(self, name: str) -> Headset | None:
        if name in ("any", "usb", "local", "") or name.isdecimal():
            return next(iter(self.headsets.values()), None)
        return self.headsets.get(name)

    def _answer(self, connection: socket.socket, request: str) -> None:
        prefix, _, what = request.partition(":")
        if prefix == "host-serial":
            serial, _, what = what.rpartition(":")
            device = self._named(serial)
        else:
            device = self._named("any")
        answers: dict[str, Callable[[], str]] = {
            "version": lambda: f"{SERVER_VERSION:04x}",
            "devices": self._devices,
            "devices-l": self._devices,
            "host-features": lambda: FEATURES,
            "features": lambda: FEATURES,
            "get-state": lambda: device.state if device else "",
        }
        if what.startswith("connect:"):
            _okay(connection, self._connect(what.removeprefix("connect:")))
        elif what in answers and (device is not None or what in OF_THE_SERVER):
            _okay(connection, answers[what]())
        else:
            _fail(connection, f"unknown request {request!r}, or no devices found")

    def _connect(self, address: str) -> str:
        if address in self.headsets:
            return f"already connected to {address}"
        if address not in self.network:
            return f"failed to connect to '{address}': Connection refused"
        self.headsets[address] = self.network[address]
        return f"connected to {address}"

    def _devices(self) -> str:
        return "".join(f"{headset.serial}\t{headset.state}\n" for headset in list(self.headsets.values()))

    def _track(self, connection: socket.socket) -> None:
        connection.sendall(b"OKAY")
        told = None
        while self._server is not None:
            if told != self._devices():
                told = self._devices()
                connection.sendall(f"{len(told):04x}{told}".encode())
            time.sleep(0.02)

    def _service(self, connection: socket.socket, device: Headset, request: str) -> None:
        kind, _, command = request.partition(":")
        if kind.split(",")[0] != "shell":
            _fail(connection, f"unknown service {request!r}")
            return
        connection.sendall(b"OKAY")
        packets = "v2" in kind.split(",")
        for output in self._run(device, command):
            connection.sendall(struct.pack("<BI", 1, len(output)) + output if packets else output)
        if packets:
            connection.sendall(struct.pack("<BI", 3, 1) + b"\0")

    def _run(self, device: Headset, command: str) -> Iterator[bytes]:
        """What a command writes."""
        if command == f"pm path {PACKAGE}":
            yield f"package:/data/app/{PACKAGE}/base.apk\n".encode() if device.installed else b""
        elif command.startswith("am start"):
            device.started += 1
            yield b"Starting: Intent { act=android.intent.action.MAIN }\n"
        elif command.startswith("logcat"):
            yield b"--------- beginning of main\n"
            while self.headsets.get(device.serial) is device:
                line = device.line()
                if line is not None:
                    yield f"I/wE9ryARX: {line}\n".encode()
                time.sleep(1 / RATE_HZ)
        else:
            yield f"{command}: not found\n".encode()


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise EOFError
        data += chunk
    return data


def _okay(connection: socket.socket, text: str) -> None:
    connection.sendall(f"OKAY{len(text):04x}{text}".encode())


def _fail(connection: socket.socket, text: str) -> None:
    connection.sendall(f"FAIL{len(text):04x}{text}".encode())
