"""camera_node on a software device; a line on stdin is done to the camera: plug, go, halt or unplug."""

from __future__ import annotations

import sys
import threading

from software_camera import SoftwareCamera

from ibrl_ros.cameras.realsense import RealSenseSource
from ibrl_ros.cameras.source import CameraSource
from ibrl_ros.config import CameraConfig
from ibrl_ros.nodes.camera_node import CameraNode
from ibrl_ros.ros.runner import run


def obey(camera: SoftwareCamera) -> None:
    for line in sys.stdin:
        getattr(camera, line.strip())()


def main() -> None:
    camera = SoftwareCamera()
    threading.Thread(target=obey, args=(camera,), daemon=True).start()

    def make(config: CameraConfig) -> CameraSource:
        assert config.realsense is not None
        return RealSenseSource(config.realsense, camera.context)

    run(lambda: CameraNode(make))


if __name__ == "__main__":
    main()
