"""Publishes learner/status, and writes learner_node's progress to the log."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from rclpy.node import Node

from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.ros.statuses import LearnerState, LearnerStatus, status_teller


class LearnerReport:
    """Publisher of learner/status and writer of the log.

    Attributes:
        trainer: trainer whose progress is reported; None while it is being prepared.
        trouble: present error of the machine, for example a full disk; empty if there is none.
    """

    def __init__(self, node: Node, max_steps: int, device: str) -> None:
        """Create the publisher; nothing is published yet.

        Args:
            node: node that publishes.
            max_steps: number of environment steps of the whole training.
            device: device of the training, in words.
        """
        self.trainer: Trainer | None = None
        self.trouble = ""
        self._log, self._max_steps, self._device = node.get_logger(), max_steps, device
        self._tell = status_teller(node, LearnerStatus, repeats=True)
        self._state = LearnerState.PREPARING
        self._started_s, self._first_step = time.monotonic(), 0

    def begin(self, trainer: Trainer) -> None:
        """Report the progress of this trainer from now on."""
        self.trainer, self._first_step = trainer, trainer.env_steps

    def say(self, state: LearnerState, why: str) -> None:
        """Publish the state with its reason."""
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
        """Write the progress to log and status; the status holds an error instead, if there is one."""
        line = self.line()
        self._log.info(line)
        if self.trouble:
            self.complain(self.trouble)
        else:
            self.say(LearnerState.LEARNING, line)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Call `act`; report an OSError, for example a full disk. Returns whether the call succeeded."""
        try:
            act()
        except OSError as error:
            self.complain(str(error))
            return False
        self.trouble = ""
        return True

    def complain(self, trouble: str) -> None:
        """Report an error of the machine: in the log once, in the status until an attempt succeeds."""
        if trouble != self.trouble:
            self._log.error(f"{trouble}. It is tried again")
        self.trouble = trouble
        self.say(self._state, f"{trouble}. It is tried again")

    def facts(self) -> dict[str, object]:
        """Returns the trainer's progress, for /diagnostics."""
        return dict(self.trainer.progress()) if self.trainer is not None else {}

    def line(self) -> str:
        """Returns the progress as one line of text; empty without a trainer."""
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
