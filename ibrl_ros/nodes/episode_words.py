"""Executes a person's commands to the run: start, home, success, failure, abort, pause."""

from __future__ import annotations

from collections.abc import Callable

from ibrl_ros.control.episode.machine import EpisodeMachine, EpisodeState
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.nodes.between_episodes import BetweenEpisodes
from ibrl_ros.ros.runner import LoopNode

NOT_STARTED = Verdict(False, "not started yet")


class EpisodeWords:
    """Executes a person's commands, or returns why a command is refused.

    Attributes:
        resumed: number of commands to continue after an interrupted takeover.
    """

    def __init__(
        self, node: LoopNode, between: BetweenEpisodes, machine: Callable[[], EpisodeMachine | None]
    ) -> None:
        """Keep the arguments; nothing is executed yet.

        Args:
            node: node that is notified of each command.
            between: control of the run while no episode is running.
            machine: function that returns the run's machine; None before the run has begun.
        """
        self.resumed = 0
        self._node, self._between, self._machine = node, between, machine

    def press(self, button: str) -> Verdict:
        """Execute a command: "start", "home", "success", "failure" or "abort"; returns the verdict."""
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
        """Pause, which stops homing and starts no further episode, or resume; returns the verdict."""
        with self._node.changed:
            self._node.changed.notify()
            machine = self._machine()
            if machine is None:
                return NOT_STARTED
            if paused:
                self._between.stop(machine)
            return machine.pause(paused)

    def _start(self, machine: EpisodeMachine, button: str) -> Verdict:
        """Start homing, start the episode, or continue the policy after an interrupted takeover."""
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
