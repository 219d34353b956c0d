"""Makes an Episode of the recorded steps, keeps it provisionally, and stores it once its outcome is final."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from rclpy.impl.rcutils_logger import RcutilsLogger

from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.step.recorder import EpisodeRecorder, recorded
from ibrl_ros.control.step.shared_arrays import SharedArrays
from ibrl_ros.data.episode import Episode, EpisodeMetadata
from ibrl_ros.nodes.sessions import Session
from ibrl_ros.ros.statuses import EpisodeStatus

#: Time after an episode's end in which a person may correct its outcome, seconds.
CORRECTION_S = 10.0
#: Longest wait for reset_node's word on how an episode of an earlier process ended, seconds.
REMEMBERED_S = 5.0
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
    earlier process get the outcome that reset_node says, or else their last one. The steps are recorded in
    memory that outlives this process, because it may be killed before it hears of the episode's end.

    Attributes:
        recorder: recorder of the steps.
    """

    def __init__(
        self,
        session: Session,
        task: str,
        shapes: Mapping[str, tuple[int, ...]],
        max_steps: int,
        log: RcutilsLogger,
    ) -> None:
        """Read what an earlier process has left; nothing is delivered yet.

        Args:
            session: session, which stores episodes.
            task: name of the task.
            shapes: shape of every input to record, by name.
            max_steps: largest number of steps of an episode.
            log: logger of the node.
        """
        self._session, self._task, self._log = session, task, log
        self._memory = SharedArrays(str(session.safekeeping.folder.absolute()))
        self._pending: Pending | None = None
        self._left = [*session.safekeeping.left(), *self._unfinished()]
        self.recorder = EpisodeRecorder(shapes, max_steps, self._memory.make)
        self._asked_s: float | None = None

    @property
    def next_index(self) -> int | None:
        """Index of the next episode; None while it is unknown, or an earlier one isn't settled."""
        return None if self._left else self._session.next_index

    def waiting_for(self) -> str:
        """Returns what the episodes of an earlier process wait for; empty if all are settled."""
        return "waiting for the outcome of an episode of an earlier policy_node" if self._left else ""

    def begin(self, episode_id: str, seed: int) -> None:
        """Begin to record an episode.

        Args:
            episode_id: id of the episode.
            seed: seed of its start.
        """
        self._memory.forget()
        self.recorder.clear()
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
            outcome="aborted",
            why="policy_node was killed in the middle of it",
            created_at=_now(),
        )
        self._metadata = metadata
        self._memory.note(metadata.model_dump_json())

    def ended(self, course: EpisodeStatus) -> None:
        """Make an episode of the recorded steps, and keep it provisionally; drop one without steps.

        Args:
            course: newest status, with the episode's outcome.
        """
        outcome, why = course.outcome or "aborted", course.why
        if self.recorder.carried_out == 0:
            self._memory.forget()
            self._log.warning(f"episode dropped, it has no steps: {outcome}, {why}")
            return
        extra = {**_verdicts(course), **self._refused()}
        facts = {"outcome": outcome, "why": why, "created_at": _now(), "extra": extra}
        episode = self.recorder.finish(self._metadata.model_copy(update=facts))
        self._pending = Pending(episode, time.monotonic())
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

    def close(self) -> None:
        """Free the memory of the recorder."""
        self._memory.close()

    def _unfinished(self) -> list[Episode]:
        """Returns the episode that an earlier process was recording when it was killed, if there is one."""
        found = self._memory.left()
        if found is None:
            return []
        note, arrays = found
        try:
            episode = recorded(arrays, EpisodeMetadata.model_validate_json(note))
        except (KeyError, ValueError):  # without steps, or of another version
            return []
        return [] if self._session.safekeeping.has(episode.metadata.id) else [episode]

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
        if self._asked_s is None:
            self._asked_s = time.monotonic()
        if status is None and time.monotonic() - self._asked_s < REMEMBERED_S:
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
        else:
            self._memory.forget()

    def _deliver(self, episode: Episode) -> None:
        """Pass the episode to the session, or drop it."""
        metadata, index = episode.metadata, self._session.next_index
        if metadata.outcome in VOID:
            self._log.warning(f"episode dropped: {metadata.outcome}, {metadata.why}")
            self._session.safekeeping.drop(metadata.id)
            self._memory.forget()
            return
        line = self._session.deliver(episode.judged(metadata.model_copy(update={"index": index})))
        if not self._session.safekeeping:
            self._memory.forget()
        if line:
            self._log.info(line)

    def _refused(self) -> dict[str, int]:
        """Returns the number of refused steps, with a warning in the log; empty if there are none."""
        refused = self.recorder.refused
        if not refused:
            return {}
        count = sum(refused.values())
        self._log.warning(
            f"{count} steps aren't recorded, because the arm didn't carry them out: {'; '.join(refused)}"
        )
        return {"refused_steps": count}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()


def _verdicts(course: EpisodeStatus) -> dict[str, bool]:
    """Returns the results of success rule, simulation and person, as far as known."""
    return {key: said for key in VERDICTS if (said := getattr(course, key)) is not None}
