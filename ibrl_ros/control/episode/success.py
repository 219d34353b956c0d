"""Success of an episode by the detector that counts; what the task's rule and the simulation said of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.success import SuccessConfig
from ibrl_ros.control.episode.detector import Detector
from ibrl_ros.registers import DETECTORS


@dataclass(frozen=True)
class DetectorResults:
    """What has been said of an episode.

    Attributes:
        rule_success: by the rule.
        truth_success: by the simulation; None where there is none.
    """

    rule_success: bool
    truth_success: bool | None


class Detectors:
    """The rule and, in simulation, the truth; what each has said in this episode."""

    def __init__(self, config: SuccessConfig) -> None:
        self._config = config
        self._rule: Detector = DETECTORS.find(config.rule.kind)(config.rule)
        self.reset()

    def reset(self) -> None:
        """An episode starts."""
        self._rule.reset()
        self._rule_says = False
        self._truth: bool | None = None

    def update(
        self, prop: NDArray[np.floating], truth: bool | None, picture: NDArray[np.uint8] | None = None
    ) -> bool:
        """Take in one 10 Hz step; whether the detector that counts sees success.

        Args:
            prop: [8], proprioception.
            truth: what the simulation knows; None on a robot.
            picture: [H, W, 3] of the rule's camera, if it has one.
        """
        self._rule_says = self._rule.update(prop, picture) or self._rule_says
        self._truth = truth
        if self._config.detector == "ground_truth":
            return bool(truth)
        return self._config.detector == "rule" and self._rule_says

    def sight(self, picture: NDArray[np.uint8] | None) -> dict[str, str]:
        """What the rule measures in a picture [H, W, 3], for a person who sets its limits."""
        return {} if picture is None else self._rule.sight(picture)

    def results(self) -> DetectorResults:
        """What rule and truth say, to be recorded with the episode."""
        return DetectorResults(self._rule_says, self._truth)
