"""From an episode's end to the start of the next: rest, a person's permission, homing, scene, arming."""

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

#: Outcomes after which homing starts by itself. After any other outcome it needs a person's permission.
NORMAL_ENDS = ("success", "failure", "timeout")


class BetweenEpisodes:
    """Advances the episode machine while no episode is running.

    Attributes:
        robot: service calls to robot_node.
        waits_for: text that says what the run waits for; empty while it doesn't wait.
        notice: text for a person beside the robot; empty if there is none.
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
        """Wait for a person's permission.

        Args:
            node: node that calls the services.
            task: task, with the prompts and the settings of homing.
            moves: whether the arm moves home; False in simulation, which puts the arm there.
            auto: whether episodes start without a person, in simulation.
            notify: callback after each response of the robot.
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
        """Make the robot hold if a person has stopped homing."""
        if self._halting and self.robot.hold.done():
            self.robot.hold.clear()
            self._halting = False

    def go_home(self, machine: EpisodeMachine) -> None:
        """Run homing once a person permits it or the last episode's end allows it."""
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
        if self.robot.arm.begun:  # the start was cancelled while the robot was being armed
            self._stand_down()
        elif self._auto:
            if time.monotonic() - self._refused_s > RETRY_S:
                machine.confirm()
                self.speak()
        else:
            self._say("a person who sets the scene", "")
            self._prompt.ask(f"Episode {machine.index}: {self._reset_prompt}")

    def get_ready(self, machine: EpisodeMachine, missing: str) -> bool:
        """Arm the robot once no input is missing; returns whether it is armed."""
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
        """Make the arm hold; go to the next episode once policy_node has handled the ended one.

        Args:
            machine: machine of the run.
            handled: id of the last episode that policy_node has handled.
        """
        assert machine.ended is not None
        normal = machine.ended.outcome in NORMAL_ENDS
        stopped = self.robot.rest if normal else self.robot.hold
        if stopped.done() and handled == machine.ended.id:
            stopped.clear()
            self._way.ended(normal=normal, now_s=time.monotonic())
            machine.next_episode()

    def speak(self) -> None:
        """Send a person's permission to the robot."""
        self._spoken = True
        self.robot.word.say()

    def stop(self, machine: EpisodeMachine) -> bool:
        """Stop homing, begun or announced, until a new permission; returns whether there was any."""
        begun = self._spoken or self.waits_for != A_WORD
        on_its_way = machine.state is EpisodeState.HOMING and self._moves and begun
        if on_its_way:
            self._way.stop()
            self._spoken, self._halting = False, True
        return on_its_way

    def _answer(self) -> Verdict | None:
        """Returns the robot's verdict on a person's permission, once; else None."""
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
