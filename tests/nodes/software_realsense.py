"""A RealSense camera on a software device; a line on stdin is done to it: plug, go, halt or unplug."""

from __future__ import annotations

import sys
import threading

from software_camera import SoftwareCamera

from ibrl_ros.cameras.kinds.realsense import RealSenseCamera, RealSenseConfig


class SoftwareRealSense(RealSenseCamera):
    def __init__(self, config: RealSenseConfig) -> None:
        camera = SoftwareCamera()
        threading.Thread(target=obey, args=(camera,), daemon=True).start()
        super().__init__(config, camera.context)


def obey(camera: SoftwareCamera) -> None:
    for line in sys.stdin:
        getattr(camera, line.strip())()
