"""From one episode's end to the next one's start: rest, a person's word, the way home, the scene, arming."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from rclpy.node import Node

from ibrl_ros.config import TaskConfig
from ibrl_ros.control.episode.machine import EpisodeMachine, EpisodeState
from ibrl_ros.control.safety.way_home import A_WORD, WayHome
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.nodes.person import Prompt
from ibrl_ros.nodes.robot_requests import RobotRequests
from ibrl_ros.ros.service_call import RETRY_S

#: Ends after which the arm drives home by itself. After any other one a person is asked first.
NORMAL_ENDS = ("success", "failure", "timeout")


class BetweenEpisodes:
    """Moves the episode machine on while no episode runs.

    Attributes:
        robot: what is asked of it.
        waits_for: what the run waits for, for a person to read; empty while it waits for nobody.
        notice: what a person beside the robot should know now.
    """

    def __init__(
        self,
        node: Node,
        task: TaskConfig,
        *,
        moves: bool,
        auto: bool,
        notify: Callable[[], None],
    ) -> None:
        """Wait for a person's word.

        Args:
            node: speaks to the robot.
            task: with the prompts, and how the way home begins.
            moves: an arm drives home; in simulation it is put there.
            auto: nobody is asked, in simulation.
            notify: called when the robot has answered.
        """
        self.robot = RobotRequests(node, notify)
        self.waits_for = self.notice = ""
        self._log, self._prompt = node.get_logger(), Prompt(node)
        self._reset_prompt = task.reset_prompt
        self._way = WayHome(task.reset, moves=moves)
        self._moves, self._auto = moves, auto
        self._spoken = self._halting = False
        self._refused_s = -math.inf

    def halt(self) -> None:
        """Carry out a person's stop of the way home, if there was one."""
        if self._halting and self.robot.hold.done():
            self.robot.hold.clear()
            self._halting = False

    def go_home(self, machine: EpisodeMachine) -> None:
        """Let the arm drive home, as soon as a person has said so, or the last episode's end allows it."""
        answer = self._answer()
        if answer is not None and answer.accepted:
            self._way.word()
            self._prompt.answered()
        elif answer is not None:
            self._log.warning(f"start: {answer.why}")
        if machine.paused:
            self._way.stop()
        word_stands = self.robot.word_stands or not self._moves
        waits_for = self._way.waits_for(time.monotonic(), word_stands=word_stands)
        if waits_for:
            self.robot.home.clear()
            self._wait_to_go(machine, waits_for)
            return
        self._say("", "the arm drives home" if self._moves else "")
        if self.robot.home.done():
            self.robot.home.clear()
            self._say("", "")
            machine.homed()

    def wait_for_start(self, machine: EpisodeMachine) -> None:
        """Wait until the person has set the scene."""
        if self.robot.arm.begun:  # called off while the robot was being armed
            self._stand_down()
        elif self._auto:
            if time.monotonic() - self._refused_s > RETRY_S:
                machine.confirm()
                self.speak()
        else:
            self._say("a person who sets the scene", "")
            self._prompt.ask(f"Episode {machine.index}: {self._reset_prompt}")

    def get_ready(self, machine: EpisodeMachine, missing: str) -> bool:
        """Arm the robot once nothing is missing; whether it is armed."""
        answer = self._answer()
        refusal = "" if answer is None or answer.accepted else answer.why
        if not (refusal or self._spoken or self.robot.word_stands):
            refusal = self.robot.says or "the robot has no person's word"
        if refusal:
            self._refused_s = time.monotonic()
            self._log.warning(f"start: {refusal}", throttle_duration_sec=5.0)
            machine.fault(refusal)
            return False
        self._say(missing, "")
        if self._spoken or missing or not self.robot.arm.done():
            return False
        self.robot.arm.clear()
        self.robot.armed()
        self._prompt.answered()
        self._say("", "")
        return True

    def come_to_rest(self, machine: EpisodeMachine, handled: str) -> None:
        """Have the arm hold, and go on once the policy has handled the episode of this id."""
        assert machine.ended is not None
        normal = machine.ended.outcome in NORMAL_ENDS
        stopped = self.robot.rest if normal else self.robot.hold
        if stopped.done() and handled == machine.ended.id:
            stopped.clear()
            self._way.ended(normal=normal, now_s=time.monotonic())
            machine.next_episode()

    def speak(self) -> None:
        """Pass a person's word on to the robot."""
        self._spoken = True
        self.robot.word.say()

    def stop(self, machine: EpisodeMachine) -> bool:
        """Stop a way home that has begun or is announced; whether there was one. A word starts it again."""
        begun = self._spoken or self.waits_for != A_WORD
        on_its_way = machine.state is EpisodeState.HOMING and self._moves and begun
        if on_its_way:
            self._way.stop()
            self._spoken, self._halting = False, True
        return on_its_way

    def _answer(self) -> Verdict | None:
        """What the robot said to a person's word, once."""
        answer = self.robot.word.answer() if self._spoken else None
        if answer is not None:
            self._spoken = False
            if answer.accepted:
                self.robot.allowed()
        return answer

    def _wait_to_go(self, machine: EpisodeMachine, waits_for: str) -> None:
        if waits_for != A_WORD:
            self._say(waits_for, f"the arm drives home {waits_for}: keep clear")
            return
        if machine.paused:
            self._say("the end of the pause", "paused")
            return
        why = f" ({self.robot.says})" if self.robot.says else ""
        self._say(A_WORD, f"the arm stays where it is until a person speaks{why}")
        self._prompt.ask(f"Episode {machine.index}: the arm will drive home. Clear its way.")

    def _stand_down(self) -> None:
        if self.robot.rest.done():
            self.robot.arm.clear()
            self.robot.rest.clear()

    def _say(self, waits_for: str, notice: str) -> None:
        if notice and notice != self.notice and self._moves:
            self._log.warning(notice)
        self.waits_for, self.notice = waits_for, notice
