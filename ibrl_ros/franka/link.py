"""The messages between an `Arm` and the process of its 1 kHz loop."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Connection

from ibrl_ros.control.poses import Pose
from ibrl_ros.franka.mailbox import Mailbox
from ibrl_ros.franka.state import ArmState


@dataclass(frozen=True)
class Orders:
    """All orders to the loop, in one message.

    Attributes:
        target: time of arrival (time.monotonic) and target pose; None to hold.
        recoveries: number of a person's requests to recover so far.
        stop: whether to stop the arm's motion and end.
    """

    target: tuple[float, Pose] | None = None
    recoveries: int = 0
    stop: bool = False


@dataclass(frozen=True)
class Report:
    """A report of the loop.

    Attributes:
        state: newest reading.
        fault: why the arm isn't controlled; empty while it is.
        skipped_cycles: number of 1 ms cycles missed since the start.
        recoveries: number of requests to recover that have been handled.
    """

    state: ArmState
    fault: str
    skipped_cycles: int
    recoveries: int


@dataclass(frozen=True)
class Link:
    """The loop's side of its connection with the `Arm`.

    Attributes:
        orders: mailbox with the newest orders.
        reports: mailbox with the newest report.
        pipe: pipe for a Realtime or an error text at the start, and for CycleTimes at the end.
        parent: process id of the `Arm`'s process. The loop ends with this process.
    """

    orders: Mailbox[Orders]
    reports: Mailbox[Report]
    pipe: Connection
    parent: int
