"""This robot's share of a training: its name, the index of its next episode, and the steps so far."""

from __future__ import annotations

from ibrl_ros.ros.outbox import Outbox
from ibrl_ros.ros.statuses import LearnerState, LearnerStatus


class Share:
    """What the learner tells about this robot and all others, with the episodes on their way to it.

    Attributes:
        robot: name that the learner calls this robot by; empty if it is the only one.
        index: index of this robot's next episode; None while it is unknown.
        steps: environment steps of all robots, as far as known.
        learner_has_finished: whether the learner has finished.
        learner_says: what the learner said last, in words.
    """

    def __init__(self, outbox: Outbox) -> None:
        self.robot, self.index = "", None  # type: tuple[str, int | None]
        self.learner_has_finished, self.learner_says = False, "no word from it yet"
        self.steps = 0
        self._outbox = outbox
        self._rank, self._robots = 0, 1

    def hear(self, learner: LearnerStatus) -> None:
        """Take the index from the learner's first status, and the steps of all robots from each."""
        self.learner_has_finished = learner.state is LearnerState.FINISHED
        self.learner_says = learner.says
        if learner.stored is None or learner.stored_steps is None:
            return
        if self.index is None:
            self.robot = learner.robot
            names = [one.name for one in learner.robots or ()]
            if self.robot in names:
                self._rank, self._robots = names.index(self.robot), len(names)
            self.index = max(learner.stored, self._outbox.next_index())
        elif not self.robot:
            return  # the steps of the only robot are counted here
        self.steps = learner.stored_steps + self._outbox.steps_from(learner.stored)

    def delivered(self, steps: int) -> None:
        """Count an episode of this robot, with so many steps."""
        assert self.index is not None
        self.index += 1
        self.steps += steps

    def in_warmup(self, episodes: int) -> bool:
        """Returns whether the next episode is one of the first `episodes` of all robots, which take turns."""
        assert self.index is not None
        return self.index * self._robots + self._rank < episodes
