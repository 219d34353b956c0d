"""video_node: films the first episodes of an evaluation from the front."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from ibrl_ros.control.episode.film import Film
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_pixels, to_seconds
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.statuses import EpisodeStatus, hear_status

CAMERA = "front"
RATE_HZ = 10.0
#: In a fast simulation frames sometimes arrive faster than the node copies frames.
FRAMES = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=20, reliability=ReliabilityPolicy.BEST_EFFORT)


class VideoNode(LoopNode):
    """Writes one MP4 of `video_episodes` episodes, then unsubscribes, so that rendering stops."""

    def __init__(self) -> None:
        super().__init__("video_node")
        self._episodes = self.setting("video_episodes")
        policy = self.setting("policy")
        self._path = Run(self.setting("run_dir")).videos / f"{policy}.mp4"
        self._film = Film(RATE_HZ)
        self._written = self._episodes == 0
        if not self._written:
            self._images = self.create_subscription(Image, names.image_topic(CAMERA), self._on_image, FRAMES)
            hear_status(self, EpisodeStatus, self._on_status)

    def _on_status(self, status: EpisodeStatus) -> None:
        if not self._written:
            self._film.follow(status, status.stamp)
            self._write_if_done()

    def _on_image(self, message: Image) -> None:
        self._film.frame(to_seconds(message.header.stamp), image_pixels(message).copy())
        self._write_if_done()

    def _write_if_done(self) -> None:
        if self._film.episodes == self._episodes:
            self.destroy_subscription(self._images)
            self._write()

    def close(self) -> None:
        """Write the recorded frames if the launch ends early."""
        if not self._written:
            self._film.cut()
            self._write()

    def _write(self) -> None:
        self._written = True
        if self._film.frames:
            write_video(self._path, self._film.frames, RATE_HZ)
            self.get_logger().info(f"video of {self._film.episodes} episodes: {self._path}")


def write_video(path: Path, frames: Sequence[np.ndarray], rate_hz: float) -> None:
    """Write frames uint8 [H, W, 3] (rgb) as an MP4; after an interruption there is no file."""
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
