"""camera_node on a software device in a process of its own, and a listener to what it publishes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image
from software_camera import SERIAL

from ibrl_ros.ros import names
from ibrl_ros.ros.convert import to_seconds
from ibrl_ros.ros.qos import QUEUE

#: As best effort as the publisher, but nothing that arrives is missed.
HEARD = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=20, reliability=ReliabilityPolicy.BEST_EFFORT)
FOLDER = Path(__file__).parent
SOFTWARE = f'source: {{kind: "software_realsense:SoftwareRealSense", serial: "{SERIAL}"}}'
CAMERA = "wrist"


class CameraProcess:
    """The process; `tell` makes its device go, halt, be plugged in or pulled out."""

    def __init__(self, folder: Path, config: str = "") -> None:
        path = folder / "camera.yaml"
        path.write_text(config or SOFTWARE)
        words = [f"camera:={CAMERA}", f"config:={path}"]
        folders = [str(FOLDER), str(FOLDER.parent), str(FOLDER.parents[1] / "examples")]
        self._log = folder / "output.txt"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ibrl_ros.nodes.camera_node", "--ros-args",
                 *(part for word in words for part in ("-p", word))],
                stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, text=True, bufsize=1,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(folders), "PYTHONUNBUFFERED": "1"},
            )  # fmt: skip

    def tell(self, *words: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.writelines(f"{word}\n" for word in words)

    @property
    def output(self) -> str:
        return self._log.read_text()

    def end(self) -> int:
        """Ask it to end; its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()


class Told(NamedTuple):
    """One diagnostic line of the node about itself, with the time at which it came, s on time.monotonic."""

    at_s: float
    status: DiagnosticStatus


class Listener(Node):
    """Hears everything of one camera."""

    def __init__(self, name: str = "listener", *, full: bool = True) -> None:
        super().__init__(name)
        self.images: list[Image] = []
        self.infos: list[CameraInfo] = []
        self.full_images: list[Image] = []
        self.told: list[Told] = []
        self.arrivals: list[float] = []
        self.create_subscription(Image, names.image_topic(CAMERA), self._on_image, HEARD)
        self.create_subscription(CameraInfo, names.camera_info_topic(CAMERA), self.infos.append, HEARD)
        self.create_subscription(DiagnosticArray, names.DIAGNOSTICS, self._on_diagnostics, QUEUE)
        if full:
            topic = names.image_topic(names.full_camera(CAMERA))
            self.create_subscription(Image, topic, self.full_images.append, HEARD)

    @property
    def stamps_s(self) -> list[float]:
        return [to_seconds(image.header.stamp) for image in self.images]

    @property
    def last(self) -> str:
        """The newest words of the node about itself."""
        return self.told[-1].status.message if self.told else ""

    def _on_image(self, message: Image) -> None:
        self.arrivals.append(time.monotonic())
        self.images.append(message)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        now_s = time.monotonic()
        self.told += [Told(now_s, status) for status in message.status if status.name == "camera_node"]
