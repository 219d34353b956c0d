"""Who tells success: the rule that a robot can apply, or the simulation's truth. Both noted, one counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config.success import GripperLiftConfig, SuccessConfig
from ibrl_ros.control.episode.colour import ColourRule
from ibrl_ros.control.episode.gripper_lift import GripperLiftRule


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
        rule = config.rule
        self._rule: GripperLiftRule | ColourRule = (
            GripperLiftRule(rule) if isinstance(rule, GripperLiftConfig) else ColourRule(rule)
        )
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
        """What a colour rule measures in a picture [H, W, 3], for a person who sets its limits."""
        if picture is None or not isinstance(self._rule, ColourRule):
            return {}
        shares = self._rule.shares(picture)
        return {f"patch_{index}_share": f"{share:.4f}" for index, share in enumerate(shares)}

    def results(self) -> DetectorResults:
        """What rule and truth say, to be recorded with the episode."""
        return DetectorResults(self._rule_says, self._truth)
