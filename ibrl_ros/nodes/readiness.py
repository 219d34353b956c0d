"""Publishes policy/status: whether policy_node is ready for the next episode, and if not, why."""

from __future__ import annotations

import time
from dataclasses import replace

from rclpy.node import Node

from ibrl_ros.nodes.sessions import Session
from ibrl_ros.ros.policy_inputs import PolicyInputs
from ibrl_ros.ros.statuses import PolicyState, PolicyStatus, status_teller

COMPLAIN_AFTER_S, COMPLAIN_EVERY_S = 2.0, 5.0


class Readiness:
    """Publishes policy/status when it changes; a long wait is also written to the log."""

    def __init__(self, node: Node, session: Session, inputs: PolicyInputs) -> None:
        """Create the publisher; nothing is published yet.

        Args:
            node: node that publishes.
            session: session, with the next episode's index and the reason to wait.
            inputs: inputs that every episode needs.
        """
        self._log, self._session, self._inputs = node.get_logger(), session, inputs
        self._tell = status_teller(node, PolicyStatus)
        self._told: PolicyStatus | None = None
        self._waiting_since_s, self._complained_s = time.monotonic(), 0.0

    def tell(self, handled: str) -> PolicyState:
        """Publish the state if it changed; returns the state.

        Args:
            handled: id of the last episode that was delivered, or that waits for its final outcome.
        """
        session = self._session
        why = self._inputs.waiting_for() or session.waiting_for() if not session.finished() else None
        ready = PolicyState.WAITING if why else PolicyState.READY
        state = PolicyState.FINISHED if session.finished() else ready
        status = PolicyStatus(
            state=state,
            handled=handled,
            next_episode=session.next_index,
            demos=session.demos,
            robot=session.robot,
        )
        if status != self._told:
            self._waiting_since_s, self._told = time.monotonic(), status
            self._tell(replace(status, says=why or ""))
        if why:
            self._complain(why)
        return state

    def _complain(self, why: str) -> None:
        now_s = time.monotonic()
        long = now_s - self._waiting_since_s > COMPLAIN_AFTER_S
        if long and now_s - self._complained_s > COMPLAIN_EVERY_S:
            self._complained_s = now_s
            self._log.info(why)
