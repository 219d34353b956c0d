"""The messages between an `Arm` and the process of its 1 kHz loop."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection

from ibrl_ros.control.poses import Pose
from ibrl_ros.franka.mailbox import Mailbox
from ibrl_ros.franka.state import ArmState


@dataclass(frozen=True)
class Orders:
    """The orders to the loop; a message holds all of them.

    Attributes:
        target: when it came (time.monotonic) and where the hand is to go; None: hold.
        recoveries: how often a person has asked to recover.
        stop: bring the arm to rest and end.
    """

    target: tuple[float, Pose] | None = None
    recoveries: int = 0
    stop: bool = False


@dataclass(frozen=True)
class Report:
    """A report of the loop.

    Attributes:
        state: the newest reading.
        fault: why the arm isn't held; empty while it is.
        skipped_cycles: cycles of 1 ms that were missed since the start.
        recoveries: how many of those that were asked for are decided.
    """

    state: ArmState
    fault: str
    skipped_cycles: int
    recoveries: int


@dataclass(frozen=True)
class Link:
    """The loop's side of what it shares with its `Arm`.

    Attributes:
        orders: newest ones only.
        reports: newest one only.
        pipe: at the start what the process was given (Realtime) or why it can't start, at its end CycleTimes.
        parent: process id of the `Arm`'s process. The loop ends when that does.
    """

    orders: Mailbox[Orders]
    reports: Mailbox[Report]
    pipe: Connection
    parent: int
