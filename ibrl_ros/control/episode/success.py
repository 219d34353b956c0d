"""Success of an episode by the task's detector, and the results of rule and simulation for the record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.success import SuccessConfig
from ibrl_ros.control.episode.detector import Detector
from ibrl_ros.registers import DETECTORS


@dataclass(frozen=True)
class DetectorResults:
    """Results of the detectors for an episode.

    Attributes:
        rule_success: success by the rule.
        truth_success: success by the simulated state; None on a robot.
    """

    rule_success: bool
    truth_success: bool | None


class Detectors:
    """The rule and, in simulation, the truth, with their results in this episode."""

    def __init__(self, config: SuccessConfig) -> None:
        self._config = config
        self._rule: Detector = DETECTORS.find(config.rule.kind)(config.rule)
        self.reset()

    def reset(self) -> None:
        """Begin an episode: forget earlier steps."""
        self._rule.reset()
        self._rule_says = False
        self._truth: bool | None = None

    def update(
        self, prop: NDArray[np.floating], truth: bool | None, picture: NDArray[np.uint8] | None = None
    ) -> bool:
        """Update with one 10 Hz step; returns success by the task's detector.

        Args:
            prop: proprioception [8].
            truth: success by the simulated state; None on a robot.
            picture: newest picture [H, W, 3] of the rule's camera; None without one.
        """
        self._rule_says = self._rule.update(prop, picture) or self._rule_says
        self._truth = truth
        if self._config.detector == "ground_truth":
            return bool(truth)
        return self._config.detector == "rule" and self._rule_says

    def sight(self, picture: NDArray[np.uint8] | None) -> dict[str, str]:
        """Returns the rule's values for a picture [H, W, 3], for a person who sets the limits."""
        return {} if picture is None else self._rule.sight(picture)

    def results(self) -> DetectorResults:
        """Returns the results of rule and truth, which are recorded with the episode."""
        return DetectorResults(self._rule_says, self._truth)
