"""Tells a learner that is apart from a policy_node whether all demonstrations have arrived."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rclpy.node import Node

from ibrl_ros.learning.checkpoint import load_facts
from ibrl_ros.learning.run import Run
from ibrl_ros.nodes.experience import Experience
from ibrl_ros.ros.statuses import PolicyStatus, hear_status

#: In real time several robots' learner begins without one that says nothing for so long.
ABSENT_S = 30.0


class AwaitedDemos:
    """Demonstrations that are in the runs of policy_nodes, which send them.

    Several robots' learner may have demonstrations in its own run. It begins when it has some, and those of
    each robot. In a run that has trained before it waits for none: it has those that it began with.
    """

    def __init__(
        self,
        node: Node,
        run: Run,
        experience: Experience,
        robots: Sequence[str],
        notify: Callable[[], None],
        *,
        waits_for_all: bool,
    ) -> None:
        """Listen to the policy_nodes.

        Args:
            node: node that listens.
            run: run that receives the demonstrations.
            experience: receiver of the episodes.
            robots: names of several robots; none for one robot.
            notify: callback after each status.
            waits_for_all: whether training can't begin without one of several robots.
        """
        self._run, self._experience, self._robots, self._notify = run, experience, robots, notify
        self._waits_for_all = waits_for_all
        self._there: dict[str, int | None] = {}
        self._since_s = time.monotonic()
        self._resumes = bool(robots) and load_facts(run.checkpoints) is not None
        for robot in robots or ("",):
            hear_status(node, PolicyStatus, self._listener(robot), robot)

    def missing(self) -> str:
        """Returns which demonstrations are missing, in words; empty if none is."""
        here = len(self._run.demos)
        if not self._robots:
            return self._of_one(here)
        if self._resumes:
            return ""
        missing = [text for robot in self._robots if (text := self._of(robot, here))]
        if not missing and not here:
            return "none is in this run, nor in a robot's"
        return "; ".join(missing)

    def _of_one(self, here: int) -> str:
        there = self._there.get("")
        if there is None:
            return f"{here} are here, and policy_node hasn't said how many it has"
        if there == 0:
            return "policy_node has none in its run yet"
        return f"{here} of {there} have arrived" if here < there else ""

    def _of(self, robot: str, here: int) -> str:
        if robot not in self._there:
            patient = self._waits_for_all or not here or time.monotonic() - self._since_s < ABSENT_S
            return f"{robot} hasn't said how many it has" if patient else ""
        there, arrived = self._there[robot] or 0, len(self._experience.demos[robot])
        return f"{arrived} of {there} of {robot} have arrived" if arrived < there else ""

    def _listener(self, robot: str) -> Callable[[PolicyStatus], None]:
        def heard(status: PolicyStatus) -> None:
            self._there[robot] = status.demos
            self._notify()

        return heard
