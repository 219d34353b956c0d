"""Publishes policy/status: whether policy_node is ready for the next episode, and if not, why."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from rclpy.node import Node

from ibrl_ros.nodes.sessions import Session
from ibrl_ros.ros.statuses import PolicyState, PolicyStatus, status_teller

COMPLAIN_AFTER_S, COMPLAIN_EVERY_S = 2.0, 5.0


class Readiness:
    """Publishes policy/status, again and again; a long wait is also written to the log."""

    def __init__(self, node: Node, session: Session, obstacles: Sequence[Callable[[], str | None]]) -> None:
        """Create the publisher; nothing is published yet.

        Args:
            node: node that publishes.
            session: session, which says whether the last episode has been run.
            obstacles: functions that return what the next episode waits for; None or empty if it may start.
        """
        self._log, self._session, self._obstacles = node.get_logger(), session, obstacles
        self._tell = status_teller(node, PolicyStatus, repeats=True)
        self._told: PolicyStatus | None = None
        self._told_of: object = None  # what the newest status says is in the way
        self._waiting_since_s, self._complained_s = time.monotonic(), 0.0

    def tell(self, handled: str, next_episode: int | None) -> PolicyState:
        """Publish the state if it changed; returns the state.

        Args:
            handled: id of the last episode that was delivered, or that waits for its final outcome.
            next_episode: index of the next episode; None if unknown.
        """
        finished, obstacle, why = self._session.finished(), None, ""
        if not finished:
            obstacle, why = self._obstacle()
        ready = PolicyState.READY if obstacle is None else PolicyState.WAITING
        state = PolicyState.FINISHED if finished else ready
        status = PolicyStatus(
            state=state, handled=handled, next_episode=next_episode, demos=self._session.demos
        )
        if status != self._told or obstacle is not self._told_of:
            self._told_of = obstacle
            self._waiting_since_s, self._told = time.monotonic(), status
            self._tell(replace(status, says=why))
        if why:
            self._complain(why)
        return state

    def act(self, idle: str, *, stopped: bool) -> None:
        """Publish within an episode whether the policy acts, if that changed.

        Args:
            idle: why the last step had no action; empty if it had one.
            stopped: whether there was none for so long that the episode can't go on.
        """
        assert self._told is not None
        status = replace(self._told, state=PolicyState.WAITING if stopped else PolicyState.READY)
        if status != self._told or bool(idle) != bool(self._told_of):
            self._told, self._told_of = status, idle or None
            self._tell(replace(status, says=f"no action: {idle}" if idle else ""))

    def _obstacle(self) -> tuple[Callable[[], str | None] | None, str]:
        """Returns the first function that returns something to wait for, and what; None without one."""
        for obstacle in self._obstacles:
            if why := obstacle():
                return obstacle, why
        return None, ""

    def _complain(self, why: str) -> None:
        now_s = time.monotonic()
        long = now_s - self._waiting_since_s > COMPLAIN_AFTER_S
        if long and now_s - self._complained_s > COMPLAIN_EVERY_S:
            self._complained_s = now_s
            self._log.info(why)
