"""An enabling switch: the policy moves only while a person holds it."""

from __future__ import annotations

from ibrl_ros.config.teleop import Enable
from ibrl_ros.teleop.deadman import Deadman


class EnablingSwitch:
    """Held, if it was pressed in this episode and has been held since; always, where none is configured.

    A press from before the episode, or from before the device was lost, needs a release first.
    """

    def __init__(self, enable: Enable) -> None:
        self._needed = enable == "hold"
        self._switch = Deadman()

    def begin(self) -> None:
        """An episode begins: what is held since before it is let go of."""
        self._switch.begin()

    def update(self, down: bool | None) -> bool:
        """Take in the switch, None where it isn't known; whether the policy may move."""
        return self._switch.update(down) or not self._needed
