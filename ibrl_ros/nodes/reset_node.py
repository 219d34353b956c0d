"""reset_node: controls the course of the episodes: scene, start, end and outcome."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace

from ibrl_ros.config import ConfigError, load_task
from ibrl_ros.control.episode.judge import Judge
from ibrl_ros.control.episode.machine import EpisodeMachine, EpisodeState
from ibrl_ros.control.episode.seeds import stage_seed
from ibrl_ros.data.stages import STAGES
from ibrl_ros.nodes.between_episodes import BetweenEpisodes
from ibrl_ros.nodes.episode_inputs import EpisodeInputs
from ibrl_ros.nodes.episode_words import EpisodeWords
from ibrl_ros.nodes.pace.judging import make_pace
from ibrl_ros.nodes.person import Person, asks_nobody
from ibrl_ros.ros import names
from ibrl_ros.ros.detector_camera import DetectorCamera
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.service_call import RETRY_S
from ibrl_ros.ros.statuses import REPEAT_S, EpisodeStatus, PolicyState, PolicyStatus, status_teller

#: How often it says what it waits for before the first episode; the first time after so long.
SAY_EVERY_S = 5.0


class ResetNode(LoopNode):
    """Runs the EpisodeMachine on messages of the robot and the policy, and on commands of a person."""

    def __init__(self) -> None:
        super().__init__("reset_node")
        self._task = load_task(self.setting("task"))
        self._sim = self.setting("sim")
        if not self._sim and (fault := self._task.robot_fault()):
            raise ConfigError(fault)
        self._auto = asks_nobody(self.setting("person"), sim=self._sim)
        stage = self.setting("stage")
        self._stage_seed = stage_seed(self.setting("seed"), STAGES[stage])
        self._judge = Judge(self._task, may_stall=stage != "collect")
        self._machine: EpisodeMachine | None = None
        self._told: EpisodeStatus | None = None
        self._told_s = 0.0
        self._tell = status_teller(self, EpisodeStatus)
        diagnostics = Diagnostics(self, self._course)
        self._between = BetweenEpisodes(
            self, self._task, moves=not self._sim, auto=self._auto, notify=self.notify
        )
        self._inputs = EpisodeInputs(self, diagnostics, self._between.robot, sim=self._sim)
        self._camera = DetectorCamera(self, diagnostics, self._task.success.camera, self.notify)
        self._pace = make_pace(self, self._camera)
        self._words = EpisodeWords(self, self._between, lambda: self._machine)
        Person(self, self._words.press, self._words.pause)

    def loop(self) -> None:
        """Advance the machine after each message, until policy_node has finished."""
        while not self.stop.is_set():
            with self.changed:
                if not self._advanced():
                    self.changed.wait(RETRY_S)
                if self._inputs.policy_is(PolicyState.FINISHED) and self._at_rest():
                    break
        if self._machine is not None:
            self._tell(replace(self._status_of(self._machine), state=EpisodeState.FINISHED, says=""))
        super().loop()  # stays alive: another node ends the launch

    def _advanced(self) -> bool:
        """Advance the machine, made once the first index is known; returns whether its state changed."""
        if self._machine is None:
            policy = self._inputs.policy
            if policy is None or policy.next_episode is None:
                self._say_what_is_missing(policy)
                return False
            first = policy.next_episode
            self._machine = EpisodeMachine(self._stage_seed, self._task.episode_steps, first)
        before = self._machine.state
        self._advance(self._machine)
        self._publish(self._machine)
        return self._machine.state is not before

    def _say_what_is_missing(self, policy: PolicyStatus | None) -> None:
        """Before the first episode; the policy, or what it waits for, may be on another machine."""
        why = "policy/status: policy_node hasn't said a word yet"
        if policy is not None:
            why = f"policy_node, which says: {policy.says or 'not ready'}"
        self.get_logger().info(f"waiting for {why}", throttle_duration_sec=SAY_EVERY_S, skip_first=True)

    def _at_rest(self) -> bool:
        return self._machine is None or self._machine.state is not EpisodeState.RUNNING

    def _advance(self, machine: EpisodeMachine) -> None:
        between = self._between
        between.halt()
        if machine.state is EpisodeState.HOMING:
            if self._inputs.scene_is_set(machine.index):
                between.go_home(machine)
        elif machine.state is EpisodeState.WAITING:
            between.wait_for_start(machine)
        elif machine.state is EpisodeState.READY:
            self._start_when_ready(machine)
        elif machine.state is EpisodeState.RUNNING:
            self._watch(machine)
        elif machine.state is EpisodeState.ENDED:
            between.come_to_rest(machine, self._inputs.handled)

    def _missing(self, machine: EpisodeMachine) -> str:
        """Returns the input that is missing for the start of an episode; empty if none is."""
        inputs = self._inputs
        if (missing := inputs.missing(machine.index)) or inputs.prop is None:
            return missing
        blind = names.SIM_STATE if self._sim and inputs.truth is None else None
        why = blind or self._pace.blindness_before(inputs.prop[0])
        if why is not None:
            self.get_logger().warning(f"the episode waits for {why}", throttle_duration_sec=5.0)
        return why or ""

    def _start_when_ready(self, machine: EpisodeMachine) -> None:
        if not self._between.get_ready(machine, self._missing(machine)):
            return
        assert self._inputs.prop is not None
        self._judge.begin(self._inputs.prop[0])
        self._inputs.begin()
        self._pace.begin()
        machine.policy_ready()

    def _watch(self, machine: EpisodeMachine) -> None:
        """Judge each new 10 Hz step by the newest readings; in simulation only by readings with one stamp."""
        inputs = self._inputs
        assert inputs.prop is not None
        why = self._pace.absence() or inputs.fault() or self._pace.blindness(inputs.prop[0])
        if why:
            machine.fault(why)
            return
        if self._pace.lacks_picture(inputs.prop[0]):
            return
        judgement = self._judge.look(*inputs.prop, inputs.truth, self._camera.picture)
        if judgement is not None:
            machine.tick(
                judgement.step,
                success=judgement.success,
                lost=judgement.lost,
                stalled=judgement.stalled,
                out_of_bounds=judgement.out_of_bounds,
            )
            if machine.state is EpisodeState.RUNNING:
                self._pace.judged(self._judge.stamp_s)

    def _publish(self, machine: EpisodeMachine) -> None:
        """Publish the status when it changes, and again every REPEAT_S, because a message may be lost."""
        status, now_s = self._status_of(machine), time.monotonic()
        news = self._pace.news(status)
        if news != self._told or now_s - self._told_s > REPEAT_S:
            self._told, self._told_s = news, now_s
            self._tell(status)

    def _status_of(self, machine: EpisodeMachine) -> EpisodeStatus:
        course, between, detected = machine.course(), self._between, self._judge.results()
        return EpisodeStatus(
            **vars(course),
            waits_for=self._inputs.silence() or between.waits_for,
            notice=between.notice,
            resumed=self._words.resumed,
            stamp=self._judge.stamp_s,
            auto=self._auto,
            rule_success=detected.rule_success,
            truth_success=detected.truth_success,
            says=between.notice or course.why,
        )

    def _course(self) -> Mapping[str, object]:
        """Returns the episode's state and the detector's values, for /diagnostics."""
        machine = self._machine
        course = {"state": "waiting for policy/status"} if machine is None else asdict(machine.course())
        return {**course, **self._judge.sight(self._camera.picture)}


def main() -> None:
    """Run the node."""
    run(ResetNode)


if __name__ == "__main__":
    main()
