"""What a person's words do to the run: start, home, success, failure, abort, pause."""

from __future__ import annotations

from collections.abc import Callable

from ibrl_ros.control.episode.machine import EpisodeMachine, EpisodeState
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.nodes.between_episodes import BetweenEpisodes
from ibrl_ros.ros.runner import LoopNode

NOT_STARTED = Verdict(False, "not started yet")


class EpisodeWords:
    """Carries them out, or says why not.

    Attributes:
        resumed: how often a policy was told to go on after a takeover that broke off.
    """

    def __init__(
        self, node: LoopNode, between: BetweenEpisodes, machine: Callable[[], EpisodeMachine | None]
    ) -> None:
        """Wait for words.

        Args:
            node: is notified of each.
            between: moves the run while no episode runs.
            machine: the run's; None before it has begun.
        """
        self.resumed = 0
        self._node, self._between, self._machine = node, between, machine

    def press(self, button: str) -> Verdict:
        """What a word does now: "start", "home", "success", "failure" or "abort"."""
        with self._node.changed:
            self._node.changed.notify()
            machine = self._machine()
            if machine is None:
                return NOT_STARTED
            if button in ("start", "home"):
                return self._start(machine, button)
            if button == "abort" and self._between.stop(machine):
                return Verdict(True, "the way home has stopped")
            return {"abort": machine.abort, "success": machine.success, "failure": machine.failure}[button]()

    def pause(self, paused: bool) -> Verdict:
        """Start no further episode, and stop a way home; or go on."""
        with self._node.changed:
            self._node.changed.notify()
            machine = self._machine()
            if machine is None:
                return NOT_STARTED
            if paused:
                self._between.stop(machine)
            return machine.pause(paused)

    def _start(self, machine: EpisodeMachine, button: str) -> Verdict:
        """Let the arm drive home, the episode begin, or the policy go on after a takeover that broke off."""
        if machine.state is EpisodeState.HOMING and not machine.paused:
            self._between.speak()
            return Verdict(True)
        if button == "home":
            return Verdict(False, f"the arm drives home between episodes; the run is {machine.state.value}")
        if machine.state is EpisodeState.RUNNING:
            self.resumed += 1
            return Verdict(True)
        verdict = machine.confirm()
        if verdict.accepted:
            self._between.speak()
        return verdict
