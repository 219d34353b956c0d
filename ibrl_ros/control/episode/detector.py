"""Detector: the base class of the rules by which a robot tells that the task is done."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.success import DetectorConfig


class Detector(ABC):
    """A rule that looks at each 10 Hz step of an episode, and says when the task is done.

    A detector is a class in a file of `control/episode/detectors`, with the model of its section beside it,
    registered under the name that `success.rule.kind` gives; or one in a package of your own, as
    `kind: package.module:Class`.

    Attributes:
        Config: model of its section.
    """

    Config: ClassVar[type[DetectorConfig]]

    @abstractmethod
    def __init__(self, config: Any) -> None:
        """Take in the section, of the type `Config`. `reset` is called before the first step."""

    @abstractmethod
    def reset(self) -> None:
        """Forget the past: an episode starts."""

    @abstractmethod
    def update(self, prop: NDArray[np.floating], picture: NDArray[np.uint8] | None = None) -> bool:
        """Take in one step; whether the task is done.

        Args:
            prop: [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed).
            picture: [H, W, 3], rgb, the newest of the camera that its section watches; None where it
                watches none, or nothing has come yet.
        """

    def sight(self, picture: NDArray[np.uint8]) -> dict[str, str]:
        """What it measures in a picture [H, W, 3], by name, for a person who sets its limits."""
        return {}
