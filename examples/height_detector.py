"""Example of a success detector: success if the closed gripper is above a height for some steps.

Put this folder on PYTHONPATH, and name the class in a task's file, as examples/lift_high.yaml does:

    export PYTHONPATH=examples
    ros2 launch ibrl_ros collect_demos.launch.py task:=examples/lift_high.yaml run_dir:=runs/high
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from ibrl_ros.config.success import DetectorConfig
from ibrl_ros.control.episode.detector import Detector


class HeightConfig(DetectorConfig):
    """The hand is above a height, with its gripper closed.

    A detector that uses a camera's image returns the camera's name as the property watched_camera.
    """

    height_m: float = Field(description="of the tool centre point, in the arm's base frame")
    gripper_min: float = Field(0.2, ge=0, le=1, description="a gripper less closed than this holds no object")
    held_steps: PositiveInt = Field(5, description="steps in a row above the height")


class HeightDetector(Detector):
    """Success if the closed gripper has been above a height for some steps in a row."""

    Config = HeightConfig

    def __init__(self, config: HeightConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """Start an episode."""
        self._steps = 0

    def update(self, prop: NDArray[np.floating], picture: NDArray[np.uint8] | None = None) -> bool:
        """Whether the task is done. prop [8]: position (m), quaternion xyzw, gripper (0 open .. 1 closed)."""
        config = self._config
        there = prop[2] > config.height_m and prop[7] >= config.gripper_min
        self._steps = self._steps + 1 if there else 0
        return self._steps >= config.held_steps
