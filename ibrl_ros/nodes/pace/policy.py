"""When policy_node takes a step, what time it is then, and whether it may act."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from ibrl_ros.config import TaskConfig
from ibrl_ros.control.stamps import AHEAD_S
from ibrl_ros.control.step.observation import Assembler, Observation, Refusal
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.control.step.ticker import Ticker
from ibrl_ros.nodes.pace import in_lockstep
from ibrl_ros.nodes.person_commands import PersonCommands
from ibrl_ros.ros.actions import ActionStream
from ibrl_ros.ros.runner import LoopNode

#: After so long without an answer the last action is sent again.
REPEAT_S = 0.25

Shapes = Mapping[str, tuple[int, ...]]


class PolicyPace(ABC):
    """The pace of the 10 Hz loop.

    Attributes:
        assembler: the newest of each input.
        answer_s: longest wait for what became of an episode's last action, seconds.
    """

    assembler: Assembler
    answer_s: float

    @abstractmethod
    def begin(self) -> None:
        """An episode begins."""

    @abstractmethod
    def next_step(self, over: Callable[[], bool]) -> bool:
        """Wait for the next step; False when the episode is over."""

    @abstractmethod
    def observe(self) -> Observation | Refusal:
        """What is seen in this step."""

    @abstractmethod
    def command(self) -> TeleopCommand | None:
        """What the person's device asks for in this step; None if nothing that counts."""

    @abstractmethod
    def goes_on(self, observation: Observation, over: Callable[[], bool]) -> bool:
        """Whether to act on what was seen; False when the episode ended with it."""

    @abstractmethod
    def decided_s(self, observation: Observation) -> float:
        """The time of the decision on what was seen, seconds."""

    @abstractmethod
    def judged(self, stamp_s: float) -> None:
        """Take in the time of the newest readings on which the episode goes on, or begins."""

    @abstractmethod
    def report(self) -> dict[str, str]:
        """How well it is kept, for /diagnostics."""


class RealTime(PolicyPace):
    """A step each period of the wall clock, by whatever has been measured then."""

    answer_s = 1.0

    def __init__(self, node: LoopNode, task: TaskConfig, shapes: Shapes, commands: PersonCommands) -> None:
        self._node, self._commands = node, commands
        self._ticker = Ticker(1 / task.rate_hz)
        self.assembler = Assembler(shapes, max_ahead_s=AHEAD_S)

    def begin(self) -> None:
        """The first step is due one period from now."""
        self._ticker.restart()

    def next_step(self, over: Callable[[], bool]) -> bool:
        """Wait until it is due."""
        return self._ticker.wait(self._node.stop) and not over()

    def observe(self) -> Observation | Refusal:
        """The newest of each input, if none is too old."""
        return self.assembler.observe(self._node.now_s())

    def command(self) -> TeleopCommand | None:
        """The newest, if it isn't too old."""
        return self._commands.fresh(self._node.now_s())

    def goes_on(self, observation: Observation, over: Callable[[], bool]) -> bool:
        """Always: an action that comes after the end is refused by the gate."""
        return True

    def decided_s(self, observation: Observation) -> float:
        """Now."""
        return self._node.now_s()

    def judged(self, stamp_s: float) -> None:
        """Nothing waits for it."""

    def report(self) -> dict[str, str]:
        """How late the steps come."""
        return self._ticker.report()


class Lockstep(PolicyPace):
    """A step once every input bears the same new stamp, and it is known what became of the last action."""

    answer_s = 30.0  # the machine's speed must not matter

    def __init__(
        self,
        node: LoopNode,
        shapes: Shapes,
        commands: PersonCommands,
        actions: ActionStream,
        *,
        needs_command: bool,
    ) -> None:
        node.one_thread = True
        self._node, self._commands, self._actions = node, commands, actions
        self._needs_command = needs_command
        self._judged_s = 0.0
        self.assembler = Assembler(shapes, max_ahead_s=math.inf)

    def begin(self) -> None:
        """Nothing was acted on yet, which the stream of actions knows."""

    def next_step(self, over: Callable[[], bool]) -> bool:
        """Wait until all is there; meanwhile say the last action again, since it may have been lost."""
        with self._node.changed:
            while not self._node.changed.wait_for(lambda: over() or self._sees_news(), REPEAT_S):
                self._actions.repeat()
        return not over()

    def _sees_news(self) -> bool:
        """Whether all is there of one time, not acted on yet, and not from before the episode."""
        stamp_s, actions = self.assembler.common_stamp_s(), self._actions
        if stamp_s is None or stamp_s == actions.observed_s or stamp_s < self._judged_s:
            return False
        return actions.answered and (not self._needs_command or self._commands.squeezed_at(stamp_s))

    def observe(self) -> Observation | Refusal:
        """All inputs of the time that is judged."""
        return self.assembler.observe(self._judged_s)

    def command(self) -> TeleopCommand | None:
        """The newest: each step has its own."""
        return self._commands.newest

    def goes_on(self, observation: Observation, over: Callable[[], bool]) -> bool:
        """Wait for reset_node's word on what was seen, which it judges while this node chooses."""
        with self._node.changed:
            while not self._node.changed.wait_for(
                lambda: over() or self._judged_s == observation.stamp_s, REPEAT_S
            ):
                pass
        return not over()

    def decided_s(self, observation: Observation) -> float:
        """The time of what was seen."""
        return observation.stamp_s

    def judged(self, stamp_s: float) -> None:
        """The episode goes on from there."""
        self._judged_s = stamp_s

    def report(self) -> dict[str, str]:
        """Nothing: there is no time that could be kept."""
        return {}


def make_pace(
    node: LoopNode,
    task: TaskConfig,
    shapes: Shapes,
    commands: PersonCommands,
    actions: ActionStream,
    *,
    needs_command: bool,
) -> PolicyPace:
    """The pace that the setting `clock` names.

    Args:
        node: keeps it.
        task: at whose rate.
        shapes: of every input, by name.
        commands: of the person's device.
        actions: that are sent.
        needs_command: every step needs a person's command.
    """
    if in_lockstep(node):
        return Lockstep(node, shapes, commands, actions, needs_command=needs_command)
    return RealTime(node, task, shapes, commands)
