"""Who moves the robot in this step, the policy or a person; and when neither may."""

from __future__ import annotations

from typing import Literal, NamedTuple

Driver = Literal["policy", "person", "nobody"]


class Hand(NamedTuple):
    """What a person's device says now.

    Attributes:
        squeezed: the deadman switch is held, and counts.
        usable: the device is heard and tracked, so that a switch that isn't squeezed is seen open.
        enabled: the enabling switch is held.
    """

    squeezed: bool
    usable: bool = True
    enabled: bool = True


class Takeover:
    """Gives the robot to a person from a squeeze of the grip to its release, and to the policy otherwise.

    A takeover that ends without a seen release (the link breaks, the tracking is lost, the device's node
    dies) leaves the robot to nobody, until the person squeezes and releases again, or says `resume`. A
    policy that needs a person's enabling switch moves only while that is held.
    """

    def __init__(self, *, may_drive: bool = True, needs_enable: bool = False) -> None:
        """The policy drives.

        Args:
            may_drive: the person's commands are carried out; otherwise a squeeze holds the robot.
            needs_enable: the policy moves only while the enabling switch is held.
        """
        self._may_drive, self._needs_enable = may_drive, needs_enable
        self._taken = self._lost = False

    def begin(self) -> None:
        """An episode begins; no takeover is under way."""
        self._taken = self._lost = False

    def resume(self) -> None:
        """The person lets the policy go on after a takeover that broke off."""
        self._lost = False

    def update(self, hand: Hand | None) -> Driver:
        """Who moves the robot in this step.

        Args:
            hand: None where nothing fresh has come from a device.
        """
        if hand is not None and hand.squeezed:
            self._taken, self._lost = True, False
            return "person" if self._may_drive else "nobody"
        if self._taken:
            self._taken = False
            self._lost = hand is None or not hand.usable
        disabled = self._needs_enable and not (hand is not None and hand.usable and hand.enabled)
        return "nobody" if self._lost or disabled else "policy"
