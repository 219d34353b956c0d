"""Model of a person's hand for scripted operators: motion with limited speed and noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class UnsteadyHand:
    """Limits a wanted motion to a person's speed, and adds noise, pauses and errors of aim.

    All disturbances grow with `noise`. Half of the noise is white, half drifts. Pauses are random, and the
    aim at each new goal has an error, which decreases with each step.
    """

    _GAIN = 0.7
    _FASTEST = 0.8
    _DRIFT_MEMORY = 0.5
    _PAUSES_PER_STEP = 0.1  # times the noise
    _MISJUDGED = 1.0  # error of the first aim at a goal, in largest actions, times the noise
    _CORRECTION = 0.75

    def __init__(self, noise: float, position_scale_m: float, rotation_scale_rad: float) -> None:
        """Store the noise and the scales of an action.

        Args:
            noise: standard deviation of the motion's noise, as a fraction of an action's largest value.
            position_scale_m: position scale of the task's actions, m.
            rotation_scale_rad: rotation scale of the task's actions, rad.

        Raises:
            ValueError: the noise is negative.
        """
        if noise < 0:
            raise ValueError(f"noise is a standard deviation, it cannot be {noise}")
        self._noise = noise
        self._position_scale_m = position_scale_m
        self._rotation_scale_rad = rotation_scale_rad
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Begin an episode; the same seed and wanted motions give the same actions."""
        self._rng = np.random.default_rng(seed)
        self._drift = np.zeros(6)
        self._misjudged = np.zeros(6)
        self._pause_steps = 0

    def aim_anew(self) -> None:
        """Draw the error of the first aim at a new goal."""
        self._misjudged = self._MISJUDGED * self._noise * self._rng.standard_normal(6)

    def move(self, way_m: NDArray[np.float64], turn_rad: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the first six values of an action, float64 [6], from offset and turn [3] to the goal."""
        motion = np.concatenate([way_m / self._position_scale_m, turn_rad / self._rotation_scale_rad])
        memory = self._DRIFT_MEMORY
        drive = np.sqrt(1 - memory**2) * self._rng.standard_normal(6)
        self._drift = memory * self._drift + drive
        self._misjudged *= self._CORRECTION
        white = self._rng.standard_normal(6)
        if self._pauses():
            return np.zeros(6)
        wanted = np.clip(self._GAIN * (motion + self._misjudged), -self._FASTEST, self._FASTEST)
        return np.clip(wanted + self._noise * np.sqrt(0.5) * (self._drift + white), -1.0, 1.0)

    def _pauses(self) -> bool:
        if self._pause_steps == 0 and self._rng.random() < self._PAUSES_PER_STEP * self._noise:
            self._pause_steps = int(self._rng.integers(2, 6))
        self._pause_steps = max(0, self._pause_steps - 1)
        return self._pause_steps > 0
