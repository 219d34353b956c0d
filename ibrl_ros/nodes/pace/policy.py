"""When policy_node takes a step, at what time, and whether it may act."""

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
from ibrl_ros.nodes.pace.partners import SILENT_S
from ibrl_ros.nodes.person_commands import PersonCommands
from ibrl_ros.ros.actions import ActionStream
from ibrl_ros.ros.runner import LoopNode

#: Without an answer the last action is published again after this time, seconds.
REPEAT_S = 0.25
#: How often a long wait is written to the log, seconds.
SAY_EVERY_S = 5.0

Shapes = Mapping[str, tuple[int, ...]]


class PolicyPace(ABC):
    """The pace of the 10 Hz loop.

    Attributes:
        assembler: the newest reading of each input.
        answer_s: longest wait for the executions of an episode's last actions, seconds.
        patience_s: longest time without an action in an episode, seconds.
    """

    assembler: Assembler
    answer_s: float
    patience_s: float

    @abstractmethod
    def begin(self) -> None:
        """Begin an episode."""

    @abstractmethod
    def next_step(self, over: Callable[[], bool]) -> bool:
        """Wait for the next step; returns False if the episode is over.

        Args:
            over: function that tells whether the episode is over.
        """

    @abstractmethod
    def observe(self) -> Observation | Refusal:
        """Returns the observation of this step, or why there is none."""

    @abstractmethod
    def silent_input(self) -> str:
        """Returns which input has been silent for too long between episodes; empty if none has."""

    @abstractmethod
    def command(self) -> TeleopCommand | None:
        """Returns the person's command for this step; None if there is no valid one."""

    @abstractmethod
    def goes_on(self, observation: Observation, over: Callable[[], bool]) -> bool:
        """Returns whether to act on the observation; False if the episode ended with it."""

    @abstractmethod
    def decided_s(self, observation: Observation) -> float:
        """Returns the time stamp of the action for this observation, seconds."""

    @abstractmethod
    def judged(self, stamp_s: float) -> None:
        """Update the stamp, seconds, of the newest readings with which the episode begins or continues."""

    @abstractmethod
    def report(self) -> dict[str, str]:
        """Returns how punctual the steps are, for /diagnostics."""


class RealTime(PolicyPace):
    """A step each period of the wall clock, with the newest readings."""

    answer_s = 1.0
    patience_s = SILENT_S

    def __init__(self, node: LoopNode, task: TaskConfig, shapes: Shapes, commands: PersonCommands) -> None:
        self._node, self._commands = node, commands
        self._ticker = Ticker(1 / task.rate_hz)
        self.assembler = Assembler(shapes, max_ahead_s=AHEAD_S)

    def begin(self) -> None:
        """Begin an episode: its first step is due one period from now."""
        self._ticker.restart()

    def next_step(self, over: Callable[[], bool]) -> bool:
        """Wait until the next step is due; returns False if the episode is over."""
        return self._ticker.wait(self._node.stop) and not over()

    def observe(self) -> Observation | Refusal:
        """Returns the newest reading of each input, or a refusal if one is too old."""
        return self.assembler.observe(self._node.now_s())

    def silent_input(self) -> str:
        """Returns which input has been silent for too long between episodes; empty if none has."""
        found = self.observe()
        return found.why if isinstance(found, Refusal) and found.age_s > SILENT_S else ""

    def command(self) -> TeleopCommand | None:
        """Returns the person's newest command; None if it is too old."""
        return self._commands.fresh(self._node.now_s())

    def goes_on(self, observation: Observation, over: Callable[[], bool]) -> bool:
        """Returns True: in real time the gate refuses actions after the end."""
        return True

    def decided_s(self, observation: Observation) -> float:
        """Returns the present time, seconds."""
        return self._node.now_s()

    def judged(self, stamp_s: float) -> None:
        """Do nothing: in real time policy_node doesn't wait for the judgement."""

    def report(self) -> dict[str, str]:
        """Returns how late the steps are, for /diagnostics."""
        return self._ticker.report()


class Lockstep(PolicyPace):
    """A step once all inputs have the same new stamp and the execution of the last action has arrived."""

    answer_s, patience_s = 30.0, math.inf  # the machine's speed must not matter

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
        """Begin an episode. The simulation may have been started anew, and its time with it."""
        self.assembler.forget_ahead(self._judged_s)

    def next_step(self, over: Callable[[], bool]) -> bool:
        """Wait for inputs of the next step; returns False if the episode is over.

        The last action is published again every REPEAT_S, because the message may have been lost.
        """
        with self._node.changed:
            while not self._node.changed.wait_for(lambda: over() or self._sees_news(), REPEAT_S):
                self._actions.repeat()
                self._node.get_logger().info(
                    f"waiting for {self._awaited()}", throttle_duration_sec=SAY_EVERY_S, skip_first=True
                )
        return not over()

    def _awaited(self) -> str:
        """Returns what the next step waits for."""
        if not self._actions.answered:
            return "robot_node's answer to the last action"
        return "the simulation's next step" if self.assembler.common_stamp_s() else "inputs with one stamp"

    def _sees_news(self) -> bool:
        """Whether all inputs have one stamp, which is new and not older than the episode."""
        stamp_s, actions = self.assembler.common_stamp_s(), self._actions
        if stamp_s is None or stamp_s == actions.observed_s or stamp_s < self._judged_s:
            return False
        return actions.answered and (not self._needs_command or self._commands.squeezed_at(stamp_s))

    def observe(self) -> Observation | Refusal:
        """Returns the observation at the newest judged stamp, or why there is none."""
        return self.assembler.observe(self._judged_s)

    def silent_input(self) -> str:
        """Returns an empty string: in lockstep the simulation is silent while it waits."""
        return ""

    def command(self) -> TeleopCommand | None:
        """Returns the person's newest command: in lockstep each step has a command of its own."""
        return self._commands.newest

    def goes_on(self, observation: Observation, over: Callable[[], bool]) -> bool:
        """Wait until reset_node has judged the observation; returns False if the episode is over.

        reset_node judges while policy_node computes the action, so the wait is short.
        """
        with self._node.changed:
            while not self._node.changed.wait_for(
                lambda: over() or self._judged_s == observation.stamp_s, REPEAT_S
            ):
                pass
        return not over()

    def decided_s(self, observation: Observation) -> float:
        """Returns the observation's stamp, seconds."""
        return observation.stamp_s

    def judged(self, stamp_s: float) -> None:
        """Update the stamp, seconds, of the newest readings with which the episode begins or continues."""
        self._judged_s = stamp_s

    def report(self) -> dict[str, str]:
        """Returns no values: in lockstep no step can be late."""
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
    """Returns the pace that the setting `clock` names.

    Args:
        node: policy_node.
        task: the task, with the rate of the steps.
        shapes: shape of every input, by name.
        commands: commands of the person's device.
        actions: stream of published actions.
        needs_command: whether every step needs a person's command.
    """
    if in_lockstep(node):
        return Lockstep(node, shapes, commands, actions, needs_command=needs_command)
    return RealTime(node, task, shapes, commands)
