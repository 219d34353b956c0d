"""An enabling switch: the policy moves only while a person holds it."""

from __future__ import annotations

from ibrl_ros.config.teleop import Enable
from ibrl_ros.teleop.deadman import Deadman


class EnablingSwitch:
    """Enabled while it is held, if it was pressed in this episode; always enabled if no switch is configured.

    A press from before the episode, or from before the device was lost, needs a release first.
    """

    def __init__(self, enable: Enable) -> None:
        self._needed = enable == "hold"
        self._switch = Deadman()

    def begin(self) -> None:
        """An episode starts: a press from before it doesn't count."""
        self._switch.begin()

    def update(self, down: bool | None) -> bool:
        """Update the switch (None: unknown); whether the policy may move the robot."""
        return self._switch.update(down) or not self._needed
