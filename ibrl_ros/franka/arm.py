"""A Franka arm under Cartesian impedance control by a 1 kHz loop in a process of its own."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import time

from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.control.poses import Pose
from ibrl_ros.franka.cycles import CycleTimes
from ibrl_ros.franka.errors import ArmError
from ibrl_ros.franka.impedance import Limits
from ibrl_ros.franka.link import Link, Orders, Report
from ibrl_ros.franka.loop import serve
from ibrl_ros.franka.mailbox import Mailbox
from ibrl_ros.franka.realtime import Realtime
from ibrl_ros.franka.state import ArmState

CONNECT_S = 30.0
RECOVERY_S = 5.0
CLOSE_S = 10.0
_LOOK_S = 0.005


def limits_of(robot: RobotConfig, config: LibfrankaConfig) -> Limits:
    """Returns the limits of a robot's hand and joints."""
    safety, factor = robot.safety, config.speed_factor
    return Limits(factor * safety.max_speed_m_s, factor * safety.max_turn_rad_s, robot.arm)


class Arm:
    """Holds the arm at its pose from the start, and moves it after `follow`.

    Without fresh target poses the arm holds. After a fault (a reflex, the stop button) the robot has stopped
    by itself, and the loop only reads its state until a person calls `recover`. Faults are never cleared
    automatically.

    Attributes:
        realtime: real-time priority and memory lock of the loop's process.
    """

    def __init__(self, config: LibfrankaConfig, limits: Limits) -> None:
        """Connect, and hold the arm.

        Raises:
            ArmError: the robot can't be reached, or this computer lacks real-time scheduling.
        """
        context = multiprocessing.get_context("spawn")
        self._outbox: Mailbox[Orders] = Mailbox(context)
        self._inbox: Mailbox[Report] = Mailbox(context)
        self._orders, self._closed = Orders(), False
        self._pipe, theirs = context.Pipe()
        link = Link(self._outbox, self._inbox, theirs, os.getpid())
        self._process = context.Process(target=serve, args=(link, config, limits), name="arm", daemon=True)
        self._process.start()
        theirs.close()
        self.realtime = self._connected(config.address)
        report = self._inbox.take()
        if report is None:
            raise ArmError(f"robot {config.address}: the 1 kHz loop tells nothing")
        self._report = report

    def _connected(self, address: str) -> Realtime:
        answer: Realtime | str = f"robot {address} doesn't answer"
        try:
            if self._pipe.poll(CONNECT_S):
                answer = self._pipe.recv()
        except EOFError:
            answer = self._has_ended()
        if isinstance(answer, str):
            self._process.kill()
            raise ArmError(answer)
        return answer

    def _has_ended(self) -> str:
        self._process.join(1.0)
        return (
            f"the 1 kHz loop's process has ended (exit code {self._process.exitcode}); start this node again"
        )

    @property
    def _newest(self) -> Report:
        self._report = self._inbox.take() or self._report
        return self._report

    @property
    def state(self) -> ArmState:
        """Newest reading."""
        return self._newest.state

    @property
    def fault(self) -> str:
        """Why the arm isn't controlled by this program; empty while it is."""
        alive = self.alive  # read first, because the last report arrives before the process ends
        fault = self._newest.fault
        return fault or ("" if alive or self._closed else self._has_ended())

    @property
    def alive(self) -> bool:
        """Whether the loop is running and connected to the robot."""
        return self._process.is_alive()

    @property
    def skipped_cycles(self) -> int:
        """Number of 1 ms cycles that this program has missed since its start."""
        return self._newest.skipped_cycles

    def follow(self, target: Pose) -> None:
        """Follow a target pose of the tool centre point for up to `target_timeout_s`.

        Raises:
            ValueError: the pose isn't finite, or its quaternion is null.
        """
        self._order(target=(time.monotonic(), Pose.of(target.position, target.quaternion)))

    def hold(self) -> None:
        """Hold at the present pose until `follow`."""
        if self._orders.target is not None:
            self._order(target=None)

    def recover(self) -> str:
        """Clear the robot's errors and hold again, on a person's command; returns the fault, or ""."""
        if self.fault and self.alive:
            self._order(target=None, recoveries=self._orders.recoveries + 1)
            deadline_s = time.monotonic() + RECOVERY_S
            while self._newest.recoveries < self._orders.recoveries and self.alive:
                if time.monotonic() > deadline_s:
                    return "the robot doesn't answer"
                time.sleep(_LOOK_S)
        return self.fault

    def _order(self, **changes: object) -> None:
        if not self._closed:
            self._orders = dataclasses.replace(self._orders, **changes)  # type: ignore[arg-type]
            self._outbox.put(self._orders)

    def close(self) -> CycleTimes:
        """Stop the motion, end control (the robot then holds the arm by itself); returns the cycle times."""
        self._order(target=None, stop=True)
        self._closed = True
        times = CycleTimes()
        try:
            if self._pipe.poll(CLOSE_S):
                times = self._pipe.recv()
        except (EOFError, OSError):
            pass  # the process has ended already
        self._process.join(1.0)
        if self.alive:
            self._process.kill()
        return times
