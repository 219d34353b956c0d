"""Takeover: decides for each step whether the policy, a person or nobody moves the robot."""

from __future__ import annotations

from typing import Literal, NamedTuple

Driver = Literal["policy", "person", "nobody"]


class Hand(NamedTuple):
    """State of a person's device.

    Attributes:
        squeezed: whether the deadman switch is held (and its hold is valid).
        usable: whether the device is connected and tracked, so that the state of its switches is known.
        enabled: whether the enabling switch is held.
    """

    squeezed: bool
    usable: bool = True
    enabled: bool = True


class Takeover:
    """A person moves the robot while the deadman switch is held, the policy otherwise.

    If a takeover ends without a known release (connection or tracking lost, node ended), nobody moves the
    robot until the person holds and releases the switch again, or gives the command `resume`. With
    `needs_enable` the policy moves the robot only while the enabling switch is held. While the device's node
    is silent, which may have been stopped with the switch held, nobody moves the robot in any case.
    """

    def __init__(self, *, may_drive: bool = True, needs_enable: bool = False) -> None:
        """Start without a takeover.

        Args:
            may_drive: whether the person's commands are carried out; otherwise the deadman switch makes the
                robot hold.
            needs_enable: whether the policy moves the robot only while the enabling switch is held.
        """
        self._may_drive, self._needs_enable = may_drive, needs_enable
        self._taken = self._lost = False

    def begin(self) -> None:
        """Begin an episode, without a takeover."""
        self._taken = self._lost = False

    def resume(self) -> None:
        """Let the policy continue after an interrupted takeover."""
        self._lost = False

    def update(self, hand: Hand | None, *, silent: bool = False) -> Driver:
        """Who moves the robot in this step.

        Args:
            hand: state of the device; None without a recent message.
            silent: whether the device's node has been silent for so long that it counts as stopped.
        """
        if hand is not None and hand.squeezed:
            self._taken, self._lost = True, False
            return "person" if self._may_drive else "nobody"
        if self._taken:
            self._taken = False
            self._lost = hand is None or not hand.usable
        disabled = self._needs_enable and not (hand is not None and hand.usable and hand.enabled)
        return "nobody" if self._lost or disabled or silent else "policy"
