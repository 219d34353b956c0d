"""Detector: the base class of rules that detect success on a robot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.success import DetectorConfig


class Detector(ABC):
    """A rule that is updated with each 10 Hz step of an episode, and detects that the task is done.

    A detector is a class in a file of `control/episode/detectors`, with the model of its section beside it,
    registered under the name that `success.rule.kind` gives; or one in a package of your own, as
    `kind: package.module:Class`.

    Attributes:
        Config: model of its section.
    """

    Config: ClassVar[type[DetectorConfig]]

    @abstractmethod
    def __init__(self, config: Any) -> None:
        """Store the section, of the type `Config`. `reset` is called before the first step."""

    @abstractmethod
    def reset(self) -> None:
        """Begin an episode: forget earlier steps."""

    @abstractmethod
    def update(self, prop: NDArray[np.floating], picture: NDArray[np.uint8] | None = None) -> bool:
        """Update with one step; returns whether the task is done.

        Args:
            prop: proprioception [8]: position (m), quaternion xyzw, gripper (0 open to 1 closed).
            picture: newest picture [H, W, 3], rgb, of the section's `watched_camera`; None without a camera
                or before the first picture.
        """

    def sight(self, picture: NDArray[np.uint8]) -> dict[str, str]:
        """Returns the measured values of a picture [H, W, 3], by name, for a person who sets the limits."""
        return {}
