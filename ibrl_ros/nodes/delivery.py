"""Makes an Episode of the recorded steps, once its outcome is final, and passes it to the session."""

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
    """An ended episode whose outcome isn't final yet; its steps are in the recorder.

    Attributes:
        id: id of the episode.
        seed: seed of its start.
        ended_at: time of its end, seconds of time.monotonic.
        course: newest status about the episode.
    """

    id: str
    seed: int
    ended_at: float
    course: EpisodeStatus


class Delivery:
    """Passes episodes to the session; drops void episodes and episodes without steps, with a log message."""

    def __init__(self, session: Session, task: str, recorder: EpisodeRecorder, log: RcutilsLogger) -> None:
        """Keep the arguments; nothing is delivered yet.

        Args:
            session: session, which stores episodes.
            task: name of the task.
            recorder: recorder of the steps.
            log: logger of the node.
        """
        self._session, self._task = session, task
        self._recorder, self._log = recorder, log

    def deliver(self, pending: Pending) -> None:
        """Pass the recorded episode to the session, or drop it."""
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
            robot=self._session.robot,
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
        """Returns the results of success rule, simulation and person, as far as known."""
        return {key: said for key in VERDICTS if (said := getattr(course, key)) is not None}

    def _refused(self) -> dict[str, int]:
        """Returns the number of refused steps, with a warning in the log; empty if there are none."""
        refused = self._recorder.refused
        if not refused:
            return {}
        count = sum(refused.values())
        self._log.warning(
            f"{count} steps aren't recorded, because the arm didn't carry them out: {'; '.join(refused)}"
        )
        return {"refused_steps": count}
