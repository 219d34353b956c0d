"""video_node: films the first episodes of an evaluation from the front."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from sensor_msgs.msg import Image

from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_pixels
from ibrl_ros.ros.qos import LATCHED, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import status_values

CAMERA = "front"
RATE_HZ = 10.0
PAUSE_FRAMES = 8


class VideoNode(LoopNode):
    """Writes one MP4 of `video_episodes` episodes, then stops looking, so that no more pictures are taken."""

    def __init__(self) -> None:
        super().__init__("video_node")
        self._episodes = self.setting("video_episodes", 0)
        policy = self.setting("policy", "ibrl")
        self._path = Run(self.setting("run_dir", "runs/default")).videos / f"{policy}.mp4"
        self._lock = threading.Lock()
        self._frames: list[np.ndarray] = []
        self._episode = ""
        self._filmed = 0
        self._stamp: object = None
        self._status: dict[str, str] = {}
        if self._episodes:
            self._images = self.create_subscription(Image, names.image_topic(CAMERA), self._on_image, SENSOR)
            self.create_subscription(DiagnosticStatus, names.EPISODE_STATUS, self._on_status, LATCHED)

    def _on_status(self, message: DiagnosticStatus) -> None:
        self._status = status_values(message)
        ended = self._status.get("ended_id", "")
        if ended and ended == self._episode:
            self._episode = ""
            self._filmed += 1
            with self._lock:
                self._frames += [self._frames[-1]] * PAUSE_FRAMES
            if self._filmed == self._episodes:
                self.destroy_subscription(self._images)
                self._write()

    def _on_image(self, message: Image) -> None:
        if self._status.get("state") != "running" or message.header.stamp == self._stamp:
            return
        self._episode, self._stamp = self._status["id"], message.header.stamp
        with self._lock:
            self._frames.append(image_pixels(message).copy())

    def close(self) -> None:
        """Keep what was filmed, if the launch ended early."""
        if self._filmed < self._episodes:
            self._write()

    def _write(self) -> None:
        with self._lock:
            frames, self._frames = self._frames, []
        if frames:
            write_video(self._path, frames, RATE_HZ)
            self.get_logger().info(f"video of {self._filmed} episodes: {self._path}")


def write_video(path: Path, frames: list[np.ndarray], rate_hz: float) -> None:
    """Write frames uint8 [H, W, 3] (rgb) as an MP4 that is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    building = path.with_name(f"building_{path.name}")
    height, width, _ = frames[0].shape
    writer = cv2.VideoWriter(str(building), cv2.VideoWriter.fourcc(*"mp4v"), rate_hz, (width, height))
    for frame in frames:
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    building.replace(path)


def main() -> None:
    """Run the node."""
    run(VideoNode)


if __name__ == "__main__":
    main()
