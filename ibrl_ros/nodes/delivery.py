"""Delivery: makes an Episode of what was recorded, once its outcome is final, and hands it to the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from rclpy.impl.rcutils_logger import RcutilsLogger

from ibrl_ros.control.step.recorder import EpisodeRecorder
from ibrl_ros.data.episode import EpisodeMetadata
from ibrl_ros.nodes.sessions import Session
from ibrl_ros.ros.statuses import EpisodeStatus

VOID = ("aborted", "fault")
VERDICTS = ("rule_success", "truth_success", "by_person")


@dataclass
class Pending:
    """An episode that has ended, until its outcome is final; its steps are in the recorder.

    Attributes:
        id: the episode's.
        seed: of its start.
        ended_at: when it ended, seconds on time.monotonic.
        course: the newest status that tells of it.
    """

    id: str
    seed: int
    ended_at: float
    course: EpisodeStatus


class Delivery:
    """Hands episodes over; those that are void, or have no step, are dropped by name."""

    def __init__(self, session: Session, task: str, recorder: EpisodeRecorder, log: RcutilsLogger) -> None:
        """Nothing has been recorded.

        Args:
            session: keeps the episodes.
            task: its name.
            recorder: holds the steps.
            log: for the person who watches.
        """
        self._session, self._task = session, task
        self._recorder, self._log = recorder, log

    def deliver(self, pending: Pending) -> None:
        """Hand over the recorded episode, or drop it."""
        outcome, why = pending.course.outcome or "aborted", pending.course.why
        if outcome in VOID or self._recorder.carried_out == 0:
            self._log.warning(f"episode dropped: {outcome}, {why}")
            return
        index = self._session.next_index
        assert index is not None
        metadata = EpisodeMetadata(
            run=self._session.run.name,
            id=pending.id,
            index=index,
            task=self._task,
            seed=pending.seed,
            config_hash=self._session.config_hash,
            kind=self._session.kind,
            outcome=outcome,
            why=why,
            created_at=datetime.now(timezone.utc).isoformat(),
            extra={**self._detected(pending.course), **self._refused()},
        )
        line = self._session.deliver(self._recorder.finish(metadata))
        if line:
            self._log.info(line)

    def _detected(self, course: EpisodeStatus) -> dict[str, bool]:
        """What rule, truth and person said."""
        return {key: said for key in VERDICTS if (said := getattr(course, key)) is not None}

    def _refused(self) -> dict[str, int]:
        """How many steps the arm didn't carry out, which the log says; nothing if it carried out all."""
        refused = self._recorder.refused
        if not refused:
            return {}
        count = sum(refused.values())
        self._log.warning(
            f"{count} steps aren't recorded, because the arm didn't carry them out: {'; '.join(refused)}"
        )
        return {"refused_steps": count}
