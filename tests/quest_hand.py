"""A Quest controller that tests move: its pose and buttons, and the line that the app writes of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation


def matrix_text(rotation: Rotation, position_m: NDArray[np.float64]) -> str:
    """16 numbers, row by row, with six decimals."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation.as_matrix(), position_m
    return " ".join(f"{value:.6f}" for value in matrix.ravel())


@dataclass
class QuestHand:
    """The right controller, whose hand trembles by a few micrometres as every hand does.

    Attributes:
        stick: how far the stick is pushed, x and y.
        pressed: names of buttons that are down.
        seen: whether the controller is on.
        fork: write as the Quest 3 fork of the app does.
        trembles: whether each line's pose differs from the last one's.
    """

    rotation: Rotation = field(default_factory=lambda: Rotation.from_euler("xyz", [0.3, -0.2, 0.1]))
    position_m: NDArray[np.float64] = field(default_factory=lambda: np.array([0.2, -0.3, -0.4]))
    grip: float = 0.0
    trigger: float = 0.0
    pressed: frozenset[str] = frozenset()
    seen: bool = True
    fork: bool = False
    stick: tuple[float, float] = (0.0, 0.0)
    trembles: bool = True
    _lines: int = 0

    def line(self) -> str:
        """What the app writes after its tag."""
        self._lines += 1
        tremor_m = 3e-6 * (-1) ** self._lines if self.trembles else 0.0
        poses = f"r:{matrix_text(self.rotation, self.position_m + tremor_m)}" if self.seen else ""
        words = ["R", *sorted(self.pressed)]
        words += ["RTr"] * (self.trigger > 0.5) + ["RG"] * (self.grip > 0.5)
        words += [] if self.fork else ["RThU"]
        words += [f"rightJS {self.stick[0]:.6f} {self.stick[1]:.6f}"]
        words += [f"rightTrig {self.trigger:.6f},rightGrip {self.grip:.6f}"]
        return f"{poses}&{','.join(words)}"
