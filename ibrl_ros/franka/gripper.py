"""The Franka hand, in a process of its own: pylibfranka stops all of Python while the fingers move."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Literal

from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.control.safety.gripper_switch import CLOSE_ABOVE, OPEN_BELOW
from ibrl_ros.franka.errors import ArmError, explain, failures, library

Wish = Literal["open", "close", "home"]

CONNECT_S = 30.0
READ_EVERY_S = 0.02
MAX_WIDTH_M = 0.08
#: By so much the fingers don't move by themselves.
PUSHED_M = 0.01
#: While the fingers move the width can't be read. A command that takes longer, homing too, doesn't end.
READ_WITHIN_S, MOVED_WITHIN_S = 0.5, 10.0


@dataclass(frozen=True)
class HandState:
    """A reading of the hand.

    Attributes:
        time_s: when it was taken, seconds since the epoch.
        width_m: between the fingers.
        fault: what the last command has failed of; empty if it has not.
        done: number of the last command that is done, or has failed; 0 before the first.
    """

    time_s: float
    width_m: float
    fault: str
    done: int


class Hand:
    """Opens and closes the hand on change, and anew where that has failed or the fingers were moved since.

    While the fingers move the width can't be read.
    """

    def __init__(self, config: LibfrankaConfig) -> None:
        """Connects.

        Raises:
            ArmError: if there is no hand at this address.
        """
        self._wish: Wish | None = None
        self._number = 0
        self._opened_m: float | None = None  # what the last command has opened the fingers to
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, config), name="hand", daemon=True)
        self._process.start()
        theirs.close()
        if not self._pipe.poll(CONNECT_S):
            raise ArmError(f"the hand of robot {config.address} doesn't answer")
        self._newest: HandState = self._receive()

    def _receive(self) -> HandState:
        answer = self._pipe.recv()
        if isinstance(answer, str):
            raise ArmError(answer)
        return answer

    @property
    def state(self) -> HandState:
        """The newest reading.

        Raises:
            ArmError: if the hand's process has ended.
        """
        try:
            while self._pipe.poll():
                self._newest = self._receive()
                if self._opened_m is None and self._newest.done == self._number and self._wish == "open":
                    self._opened_m = self._newest.width_m
        except (EOFError, OSError):
            raise ArmError("the hand's process has ended") from None
        return self._newest

    @property
    def known(self) -> bool:
        """Whether the width is of now, or the fingers have been told to move away from it."""
        state = self.state
        within_s = READ_WITHIN_S if state.done == self._number else MOVED_WITHIN_S
        return abs(time.time() - state.time_s) <= within_s

    def command(self, closed: float) -> None:
        """Open (0) or close (1), where that is a change, or isn't done. Between 0.4 and 0.6 nothing.

        To be called again and again while it is wanted.

        Raises:
            ArmError: if the hand's process has ended.
        """
        wish: Wish = "close" if closed > CLOSE_ABOVE else "open"
        if not OPEN_BELOW <= closed <= CLOSE_ABOVE and (wish != self._wish or self._undone):
            self._send(wish)

    def home(self) -> None:
        """Find the fingers' widest opening, as the hand needs after it was switched on. Put nothing in it.

        Raises:
            ArmError: if the hand's process has ended.
        """
        self._send("home")

    @property
    def _undone(self) -> bool:
        """Whether the last command has failed, or fingers that had opened are narrower now."""
        state = self.state
        pushed = self._opened_m is not None and state.width_m < self._opened_m - PUSHED_M
        return state.done == self._number and (bool(state.fault) or pushed)

    def _send(self, wish: Wish) -> None:
        self._number += 1
        self._wish, self._opened_m = wish, None
        try:
            self._pipe.send((self._number, wish))
        except OSError:
            raise ArmError("the hand's process has ended") from None

    def close(self) -> None:
        """Let go of the hand, which goes on holding what it holds."""
        self._pipe.close()
        self._process.join(5.0)


def _serve(pipe: Connection, config: LibfrankaConfig) -> None:
    """Run the hand's process: carry out the newest command, tell the width, end when the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C in the terminal is for the node to answer
    with contextlib.suppress(EOFError, OSError):
        try:
            gripper, fault, done = library().Gripper(config.address), "", 0
            while True:
                pipe.send(HandState(time.time(), gripper.read_once().width, fault, done))
                wished = _newest_wish(pipe)
                if wished is not None:
                    done, wish = wished
                    fault = _done(gripper, wish, config)
        except failures() as error:
            pipe.send(explain(error, config.address))


def _newest_wish(pipe: Connection) -> tuple[int, Wish] | None:
    """The number of the newest command, and the command."""
    wished = None
    while pipe.poll(READ_EVERY_S):
        wished = pipe.recv()
    return wished


def _done(gripper: Any, wish: Wish, config: LibfrankaConfig) -> str:
    """Carry out a command, which takes as long as the fingers move; returns what went wrong, or ""."""
    speed, force = config.gripper_speed_m_s, config.gripper_force_n
    try:
        if wish == "home":
            done = gripper.homing()
        elif wish == "open":
            done = gripper.move(MAX_WIDTH_M, speed)
        else:  # any width is right: whether something was grasped is for the task to say
            done = gripper.grasp(0.0, speed, force, MAX_WIDTH_M, MAX_WIDTH_M)
    except failures() as error:
        if "Network" in type(error).__name__:
            raise
        return explain(error, config.address)
    return "" if done else f"the hand couldn't {wish}"
