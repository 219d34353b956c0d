"""What learner_node tells: learner/status, and a line of progress for the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from rclpy.node import Node

from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.ros.statuses import LearnerState, LearnerStatus, status_teller


class LearnerReport:
    """Tells it.

    Attributes:
        trainer: whose progress it is; None while it is being prepared.
        trouble: what the machine refuses at present; or empty.
    """

    def __init__(self, node: Node, max_steps: int, device: str) -> None:
        """Tell nothing yet.

        Args:
            node: that tells.
            max_steps: of the robot, that are to be learned from.
            device: on which it learns, in words.
        """
        self.trainer: Trainer | None = None
        self.trouble = ""
        self._log, self._max_steps, self._device = node.get_logger(), max_steps, device
        self._tell = status_teller(node, LearnerStatus)
        self._state = LearnerState.PREPARING
        self._started_s, self._first_step = time.monotonic(), 0

    def begin(self, trainer: Trainer) -> None:
        """Learning begins, or goes on."""
        self.trainer, self._first_step = trainer, trainer.env_steps

    def say(self, state: LearnerState, why: str) -> None:
        """Tell the state, and why it is so."""
        self._state, trainer = state, self.trainer
        status = LearnerStatus(
            state=state, max_steps=self._max_steps, device=self._device, trouble=self.trouble, says=why
        )
        if trainer is not None:
            row = trainer.progress()
            status = replace(
                status,
                env_steps=trainer.env_steps,
                episodes=int(row["episodes"]),
                failures=int(row["failures"]),
                updates=trainer.updates,
                success_rate=row["success_rate"],
                bc_share=row["bc_share"],
                version=trainer.version,
                stored=trainer.next_index,
                stored_steps=trainer.stored_steps,
            )
        self._tell(status)

    def progress(self) -> None:
        """Say in the log and in the status how far it is; what the machine refuses goes first."""
        line = self.line()
        self._log.info(line)
        if self.trouble:
            self.complain(self.trouble)
        else:
            self.say(LearnerState.LEARNING, line)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Do what the machine may refuse, a full disk for example; then that is said. Whether it was done."""
        try:
            act()
        except OSError as error:
            self.complain(str(error))
            return False
        self.trouble = ""
        return True

    def complain(self, trouble: str) -> None:
        """Say what the machine refuses: in the log once, in the status as long as it does."""
        if trouble != self.trouble:
            self._log.error(f"{trouble}. It is tried again")
        self.trouble = trouble
        self.say(self._state, f"{trouble}. It is tried again")

    def facts(self) -> dict[str, object]:
        """Its progress, for /diagnostics."""
        return dict(self.trainer.progress()) if self.trainer is not None else {}

    def line(self) -> str:
        """How far it is, in a line."""
        trainer = self.trainer
        if trainer is None:
            return ""
        row = trainer.progress()
        done = trainer.env_steps - self._first_step
        left_s = (self._max_steps - trainer.env_steps) * (time.monotonic() - self._started_s) / max(done, 1)
        clock = f"{int(left_s) // 60}:{int(left_s) % 60:02d} left" if done > 0 and left_s >= 0 else "..."
        return (
            f"step {trainer.env_steps:,}/{self._max_steps:,} | episodes {row['episodes']} | "
            f"updates {trainer.updates:,} | success {row['success_rate']:.0%} | "
            f"actions from BC {row['bc_share']:.0%} | {clock}"
        )
