"""What policy_node tells on policy/status: whether the next episode may start, and if not, why."""

from __future__ import annotations

import time
from dataclasses import replace

from rclpy.node import Node

from ibrl_ros.nodes.sessions import Session
from ibrl_ros.ros.policy_inputs import PolicyInputs
from ibrl_ros.ros.statuses import PolicyState, PolicyStatus, status_teller

COMPLAIN_AFTER_S, COMPLAIN_EVERY_S = 2.0, 5.0


class Readiness:
    """Tells it when it changes; what is waited for for long is said in the log, too."""

    def __init__(self, node: Node, session: Session, inputs: PolicyInputs) -> None:
        """Nothing is told yet.

        Args:
            node: that tells.
            session: knows how many episodes are left, and what the next one waits for.
            inputs: without which none begins.
        """
        self._log, self._session, self._inputs = node.get_logger(), session, inputs
        self._tell = status_teller(node, PolicyStatus)
        self._told: PolicyStatus | None = None
        self._waiting_since_s, self._complained_s = time.monotonic(), 0.0

    def tell(self, handled: str) -> PolicyState:
        """Tell it; which state it is.

        Args:
            handled: id of the last episode that was handed over, or whose outcome is awaited.
        """
        session = self._session
        why = self._inputs.waiting_for() or session.waiting_for() if not session.finished() else None
        ready = PolicyState.WAITING if why else PolicyState.READY
        state = PolicyState.FINISHED if session.finished() else ready
        status = PolicyStatus(
            state=state, handled=handled, next_episode=session.next_index, demos=session.demos
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
