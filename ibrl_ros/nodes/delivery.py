"""Makes an Episode of the recorded steps, keeps it provisionally, and stores it once its outcome is final."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone

from rclpy.impl.rcutils_logger import RcutilsLogger

from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.step.recorder import EpisodeRecorder
from ibrl_ros.data.episode import Episode, EpisodeMetadata
from ibrl_ros.nodes.sessions import Session
from ibrl_ros.ros.statuses import EpisodeStatus

#: Time after an episode's end in which a person may correct its outcome, seconds.
CORRECTION_S = 10.0
#: Time after the start in which reset_node says how an episode of an earlier process ended, seconds.
REMEMBERED_S = 3.0
VOID = ("aborted", "fault")
VERDICTS = ("rule_success", "truth_success", "by_person")


@dataclass
class Pending:
    """An ended episode whose outcome isn't final yet.

    Attributes:
        episode: the episode with its newest outcome.
        ended_s: time of its end, or of this process's start, seconds of time.monotonic.
    """

    episode: Episode
    ended_s: float


class Delivery:
    """Passes episodes to the session; drops void episodes and episodes without steps, with a log message.

    Until its outcome is final an episode is kept on disk provisionally. After a restart the episodes of an
    earlier process get the outcome that reset_node says, or else their last one.
    """

    def __init__(self, session: Session, task: str, recorder: EpisodeRecorder, log: RcutilsLogger) -> None:
        """Read what an earlier process has left; nothing is delivered yet.

        Args:
            session: session, which stores episodes.
            task: name of the task.
            recorder: recorder of the steps.
            log: logger of the node.
        """
        self._session, self._task = session, task
        self._recorder, self._log = recorder, log
        self._pending: Pending | None = None
        self._left = session.safekeeping.left()
        self._began_s = time.monotonic()

    @property
    def next_index(self) -> int | None:
        """Index of the next episode; None while it is unknown, or an earlier one isn't settled."""
        return None if self._left else self._session.next_index

    def waiting_for(self) -> str:
        """Returns what the episodes of an earlier process wait for; empty if all are settled."""
        return "waiting for the outcome of an episode of an earlier policy_node" if self._left else ""

    def ended(self, episode_id: str, seed: int, course: EpisodeStatus) -> None:
        """Make an episode of the recorded steps, and keep it provisionally; drop one without steps.

        Args:
            episode_id: id of the episode.
            seed: seed of its start.
            course: newest status, with its outcome.
        """
        outcome, why = course.outcome or "aborted", course.why
        if self._recorder.carried_out == 0:
            self._log.warning(f"episode dropped, it has no steps: {outcome}, {why}")
            return
        index = self._session.next_index
        assert index is not None
        metadata = EpisodeMetadata(
            run=self._session.run.name,
            id=episode_id,
            index=index,
            task=self._task,
            seed=seed,
            config_hash=self._session.config_hash,
            kind=self._session.kind,
            outcome=outcome,
            why=why,
            created_at=datetime.now(timezone.utc).isoformat(),
            extra={**_verdicts(course), **self._refused()},
        )
        self._pending = Pending(self._recorder.finish(metadata), time.monotonic())
        if not course.auto:  # else its outcome is final, and it is stored at once
            self._keep(self._pending.episode)

    def settle(self, status: EpisodeStatus | None, *, now: bool = False) -> str:
        """Deliver the ended episode once a person can no longer correct its outcome, or `now`.

        Args:
            status: newest status of the run; None before the first.
            now: whether the node ends.

        Returns:
            The id of the last episode that is delivered, dropped, or kept provisionally; empty if unknown.
        """
        if self._left and self._session.next_index is not None:
            self._recover(status)
        if status is None:
            return ""
        if self._pending is None:  # over before this process began, or looked: there is nothing to hand over
            return "" if self._left else status.ended_id
        pending = self._pending
        if status.ended_id == pending.episode.metadata.id:
            self._hear(pending, status)
        final = now or status.auto or status.state in (EpisodeState.READY, EpisodeState.RUNNING)
        if final or time.monotonic() - pending.ended_s > CORRECTION_S:
            self._pending = None
            self._deliver(pending.episode)
        return pending.episode.metadata.id

    def _hear(self, pending: Pending, course: EpisodeStatus) -> None:
        """Give the episode its newest outcome, and keep it so."""
        before = pending.episode.metadata
        if course.outcome is None or (course.outcome, course.why) == (before.outcome, before.why):
            return
        said = {"outcome": course.outcome, "why": course.why, "extra": {**before.extra, **_verdicts(course)}}
        pending.episode = pending.episode.judged(before.model_copy(update=said))
        if not course.auto:
            self._keep(pending.episode)

    def _recover(self, status: EpisodeStatus | None) -> None:
        """Settle the episodes of an earlier process once it is known what reset_node says of them."""
        if status is None and time.monotonic() - self._began_s < REMEMBERED_S:
            return
        left, self._left = self._left, []
        for episode in left:
            metadata = episode.metadata
            if status is not None and status.ended_id == metadata.id:
                self._pending = Pending(episode, time.monotonic())
                continue
            self._log.info(f"an earlier policy_node left episode {metadata.id}: {metadata.outcome_in_words}")
            self._deliver(episode)

    def _keep(self, episode: Episode) -> None:
        if trouble := self._session.safekeeping.hold(episode):
            self._log.error(trouble)

    def _deliver(self, episode: Episode) -> None:
        """Pass the episode to the session, or drop it."""
        metadata, index = episode.metadata, self._session.next_index
        if metadata.outcome in VOID:
            self._log.warning(f"episode dropped: {metadata.outcome}, {metadata.why}")
            self._session.safekeeping.drop(metadata.id)
            return
        line = self._session.deliver(episode.judged(metadata.model_copy(update={"index": index})))
        if line:
            self._log.info(line)

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


def _verdicts(course: EpisodeStatus) -> dict[str, bool]:
    """Returns the results of success rule, simulation and person, as far as known."""
    return {key: said for key in VERDICTS if (said := getattr(course, key)) is not None}
