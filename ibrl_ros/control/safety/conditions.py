"""What forbids a robot to move beside its own measured pose: stop, mode, publishers, silent readings."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable


class Conditions:
    """Keeps what was last said of each condition.

    Attributes:
        stop: why the emergency stop is pressed; empty while it isn't. It stays until somebody clears it.
        mode: why the robot's own mode forbids to move; empty where it doesn't, or isn't told.
        target_publishers: how many publishers the target pose has.
        hindrances: what other checks say, by their names; empty where one is content.
        pose_checks: names of those that judge the measured pose.
    """

    def __init__(self, expected: Iterable[str] = ()) -> None:
        """Nothing forbids to move but readings that haven't come.

        Args:
            expected: names of readings, for a person to read, that must be `heard` again and again.
        """
        self.stop = ""
        self.mode = ""
        self.target_publishers = 1
        self.hindrances: dict[str, str] = {}
        self.pose_checks: set[str] = set()
        self._heard_s = dict.fromkeys(expected, -math.inf)

    def heard(self, what: str, now_s: float) -> None:
        """Take in that a reading came."""
        self._heard_s[what] = now_s

    @property
    def expected(self) -> Collection[str]:
        """Names of the readings that must come again and again."""
        return self._heard_s.keys()

    def forget(self) -> None:
        """Take all readings for old: the clock went back."""
        self._heard_s = dict.fromkeys(self._heard_s, -math.inf)

    @property
    def may_move(self) -> bool:
        """Whether the robot's mode lets it move."""
        return not self.mode

    @property
    def pose_in_doubt(self) -> bool:
        """Whether the measured pose may be that of another point, or in another frame."""
        return any(self.hindrances.get(name) for name in self.pose_checks)

    def obstacle(self) -> str:
        """What forbids to move, whatever the time; empty if nothing does."""
        if self.stop:
            return self.stop
        if self.mode:
            return self.mode
        if self.target_publishers > 1:
            return f"the target pose has {self.target_publishers} publishers: stop all but robot_node"
        return next((why for why in self.hindrances.values() if why), "")

    def stale(self, now_s: float, max_age_s: float) -> str:
        """Which expected reading is missing or too old; empty if none is."""
        for what, heard_s in self._heard_s.items():
            age_s = now_s - heard_s
            if not age_s <= max_age_s:
                return f"nothing of {what} yet" if math.isinf(age_s) else f"{what}: {age_s:.2f} s old"
        return ""
