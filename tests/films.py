"""Short films whose frames can be told apart."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, RATE_HZ, FRAMES = 160, 120, 30, 20
#: The red value grows from frame to frame by this; compression may change it by less than half.
STEP = 12


def write_film(path: Path, rate_hz: float = RATE_HZ) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate_hz, (WIDTH, HEIGHT))
    assert writer.isOpened()
    for index in range(FRAMES):
        bgr = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        bgr[:, :, 2] = STEP * index
        writer.write(bgr)
    writer.release()
    return path


def frame_index(image: np.ndarray) -> int:
    """Which frame an image, rgb, is."""
    return round(float(image[:, :, 0].mean()) / STEP)
