"""What every source of a person's commands gives: the seven values of an action, a deadman, buttons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

_OPEN = 0.1  # a gripper at rest that isn't closed further than this is open


def no_motion() -> NDArray[np.float32]:
    """Float32 [7]: stay, gripper open."""
    return np.array([0, 0, 0, 0, 0, 0, -1], np.float32)


def told_to_close(prop: NDArray[np.floating]) -> bool:
    """Whether the gripper has been told to close, as proprioception [8] shows it; it may hold something."""
    return float(prop[7]) > _OPEN


@dataclass(frozen=True)
class TeleopSample:
    """One sample of a person's intent.

    Attributes:
        action: float32 [7] in [-1, 1], as everywhere.
        deadman: the grip is squeezed, and counts; without it the person moves nothing.
        usable: the device is heard, tracked and sure of itself. So usable without deadman means that the grip
            is seen open; a link that broke, or a grip that doesn't count, is neither.
        enable: the enabling switch is held; true where the device has none.
        buttons: what the person says of the episode now, of buttons.EPISODE_WORDS.
    """

    action: NDArray[np.float32] = field(default_factory=no_motion)
    deadman: bool = False
    usable: bool = False
    enable: bool = False
    buttons: frozenset[str] = frozenset()


class SourceState(NamedTuple):
    """How a source is: a name to look up in the manual, a sentence, and whether it can be used."""

    name: str
    says: str
    usable: bool = False


READY = SourceState("ready", "ready", usable=True)


class TeleopSource(Protocol):
    """A device, or a script, that a person's commands come from."""

    @property
    def state(self) -> SourceState:
        """How it is now. While it isn't usable, its samples have no deadman."""

    def stop_pressed(self) -> bool:
        """Whether the stop was heard since the last call: one press, in whatever state the device is."""

    def begin(self, seed: int) -> None:
        """An episode starts."""

    def sample(
        self, prop: NDArray[np.float32], state: NDArray[np.float32] | None, *, running: bool
    ) -> TeleopSample:
        """The command now.

        Args:
            prop: float32 [8], where the robot is.
            state: float32 [S], the simulation's state; None on a robot.
            running: an episode is under way.
        """

    def close(self) -> None:
        """Let go of the device."""
