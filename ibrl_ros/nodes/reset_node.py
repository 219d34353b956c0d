"""reset_node: owns the course of the episodes: scene, start, end, and who says how it came out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from ibrl_ros.config import ConfigError, load_task
from ibrl_ros.control.episode.judge import Judge, Truth
from ibrl_ros.control.episode.machine import EpisodeMachine, EpisodeState
from ibrl_ros.control.episode.seeds import stage_seed
from ibrl_ros.control.stamps import stamp_fault
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.data.stages import STAGES
from ibrl_ros.nodes.between_episodes import BetweenEpisodes
from ibrl_ros.nodes.person import Person, asks_nobody
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, to_seconds, to_stamp, vector_values
from ibrl_ros.ros.detector_camera import DetectorCamera
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import LOST, SUCCESS
from ibrl_ros.ros.qos import COMMAND, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.service_call import RETRY_S
from ibrl_ros.ros.statuses import (
    EpisodeStatus,
    PolicyState,
    PolicyStatus,
    RobotStatus,
    SceneStatus,
    hear_status,
    status_teller,
)

REPEAT_S = 0.5
NOT_STARTED = Verdict(False, "not started yet")


class ResetNode(LoopNode):
    """Drives the EpisodeMachine with what the robot, the policy and the person say."""

    def __init__(self) -> None:
        super().__init__("reset_node")
        self._task = load_task(self.setting("task"))
        self._sim = self.setting("sim")
        if not self._sim and (fault := self._task.robot_fault()):
            raise ConfigError(fault)
        self._lockstep = self.one_thread = self.setting("clock") == "lockstep"
        self._auto = asks_nobody(self.setting("person"), sim=self._sim)
        stage = self.setting("stage")
        self._run_seed = stage_seed(self.setting("seed"), STAGES[stage])
        self._judge = Judge(self._task, may_stall=stage != "collect")
        self._machine: EpisodeMachine | None = None
        self._policy: PolicyStatus | None = None
        self._resumed = 0
        self._scene: SceneStatus | None = None
        self._started_in: SceneStatus | None = None
        self._prop: tuple[float, NDArray[np.float64]] | None = None
        self._truth: Truth | None = None
        self._told: EpisodeStatus | None = None
        self._told_s = 0.0
        self._make_topics()

    def _make_topics(self) -> None:
        self._tell = status_teller(self, EpisodeStatus)
        self._judged = self.create_publisher(Header, names.EPISODE_JUDGED, COMMAND)
        diagnostics = Diagnostics(self, self._course)
        self._proprio = diagnostics.watch(names.PROPRIO)
        self.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        self._camera = DetectorCamera(self, diagnostics, self._task.success.camera, self.notify)
        if self._sim:
            self.create_subscription(JointState, names.SIM_STATE, self._on_truth, SENSOR)
            hear_status(self, SceneStatus, self._on_scene)
        hear_status(self, PolicyStatus, self._on_policy)
        hear_status(self, RobotStatus, self._on_robot)
        self._between = BetweenEpisodes(
            self,
            self._task,
            Person(self, self._press, self._pause),
            moves=not self._sim,
            auto=self._auto,
            notify=self.notify,
        )
        self._robot = self._between.robot

    def loop(self) -> None:
        """Advance whenever something arrived, until the policy has had enough."""
        while not self.stop.is_set():
            with self.changed:
                if not self._advanced():
                    self.wait_for_news(RETRY_S)
                if self._policy_is(PolicyState.FINISHED) and self._at_rest():
                    break
        if self._machine is not None:
            self._tell(replace(self._status_of(self._machine), state=EpisodeState.FINISHED, says=""))
        super().loop()  # the launch ends with the node that decides it, not with this one

    def _advanced(self) -> bool:
        """Make the machine once it is known where to begin; let it take a step; whether it did."""
        if self._machine is None:
            first = None if self._policy is None else self._policy.next_episode
            if first is None:
                return False
            self._machine = EpisodeMachine(self._run_seed, self._task.episode_steps, None, first)
        before = self._machine.state
        self._advance(self._machine)
        self._publish(self._machine)
        return self._machine.state is not before

    def _policy_is(self, state: PolicyState) -> bool:
        return self._policy is not None and self._policy.state is state

    def _at_rest(self) -> bool:
        return self._machine is None or self._machine.state is not EpisodeState.RUNNING

    def _advance(self, machine: EpisodeMachine) -> None:
        between = self._between
        between.halt()
        if machine.state is EpisodeState.HOMING:
            if self._scene_is_set(machine):
                between.go_home(machine)
        elif machine.state is EpisodeState.WAITING:
            between.wait_for_start(machine)
        elif machine.state is EpisodeState.READY:
            if between.get_ready(machine, self._missing(machine)):
                self._start(machine)
        elif machine.state is EpisodeState.RUNNING:
            self._watch(machine)
        elif machine.state is EpisodeState.ENDED:
            between.come_to_rest(machine, "" if self._policy is None else self._policy.handled)

    def _scene_is_set(self, machine: EpisodeMachine) -> bool:
        """In simulation: the scene of this episode stands, and the newest reading shows it."""
        if not self._sim:
            return True
        scene, prop = self._scene, self._prop
        if scene is None or scene.fault or scene.episode != machine.index or prop is None:
            return False
        return prop[0] >= scene.stamp

    def _scene_lost(self) -> str:
        """Why the scene in which the episode began stands no more; empty while it does, and on a robot."""
        scene = self._scene
        if scene is None or scene == self._started_in:
            return ""
        return scene.says if scene.fault else "the scene was set anew while the episode ran"

    def _missing(self, machine: EpisodeMachine) -> str:
        """What an episode can't begin without; empty if all is there."""
        if not self._policy_is(PolicyState.READY) or self._prop is None:
            return "the policy" if self._prop is not None else names.PROPRIO
        if not self._scene_is_set(machine):
            return names.SIM_SCENE
        blind = names.SIM_STATE if self._sim and self._truth is None else None
        why = blind or self._camera.blindness(None if self._lockstep else self._prop[0])
        if why is not None:
            self.get_logger().warning(f"the episode waits for {why}", throttle_duration_sec=5.0)
        return why or ""

    def _start(self, machine: EpisodeMachine) -> None:
        assert self._prop is not None
        self._judge.begin(self._prop[0])
        self._started_in = self._scene
        machine.policy_ready()

    def _watch(self, machine: EpisodeMachine) -> None:
        """Judge each new 10 Hz step by the newest readings; in simulation only by readings of one instant."""
        assert self._prop is not None
        if why := self._scene_lost() or self._robot.holds:
            machine.fault(why)
            return
        blindness = None if self._lockstep else self._camera.blindness(self._prop[0])
        if blindness is not None:
            machine.fault(blindness)
            return
        if self._lockstep and self._camera.lags_behind(self._prop[0]):
            return
        judgement = self._judge.look(*self._prop, self._truth, self._camera.picture)
        if judgement is not None:
            machine.tick(
                judgement.step,
                success=judgement.success,
                lost=judgement.lost,
                stalled=judgement.stalled,
                out_of_bounds=judgement.out_of_bounds,
            )
            if self._lockstep and machine.state is EpisodeState.RUNNING:
                self._judged.publish(Header(stamp=to_stamp(self._judge.stamp_s)))

    def _publish(self, machine: EpisodeMachine) -> None:
        """The status, when it changes; now and then again, for those who missed it in lockstep."""
        status, now = self._status_of(machine), time.monotonic()
        # What each step changes is told on episode/judged in lockstep, at a tenth of the cost.
        news = replace(status, step=0, stamp=0.0) if self._lockstep else status
        if news != self._told or now - self._told_s > REPEAT_S:
            self._told, self._told_s = news, now
            self._tell(status)

    def _status_of(self, machine: EpisodeMachine) -> EpisodeStatus:
        course, between, detected = machine.course(), self._between, self._judge.results()
        return EpisodeStatus(
            **vars(course),
            waits_for=between.waits_for,
            notice=between.notice,
            resumed=self._resumed,
            stamp=self._judge.stamp_s,
            auto=self._auto,
            rule_success=detected.rule_success,
            truth_success=detected.truth_success,
            says=between.notice or course.why,
        )

    def _course(self) -> Mapping[str, object]:
        """For /diagnostics."""
        machine = self._machine
        course = {"state": "waiting for policy/status"} if machine is None else asdict(machine.course())
        return {**course, **self._judge.sight(self._camera.picture)}

    def _press(self, button: str) -> Verdict:
        """What a person's word does now."""
        with self.changed:
            self.changed.notify()
            machine = self._machine
            if machine is None:
                return NOT_STARTED
            if button in ("start", "home"):
                return self._start_pressed(machine, button)
            if button == "abort" and self._between.stop(machine):
                return Verdict(True, "the way home has stopped")
            return {"abort": machine.abort, "success": machine.success, "failure": machine.failure}[button]()

    def _start_pressed(self, machine: EpisodeMachine, button: str) -> Verdict:
        """Let the arm drive home, the episode begin, or the policy go on after a takeover that broke off."""
        if machine.state is EpisodeState.HOMING and not machine.paused:
            self._between.speak()
            return Verdict(True)
        if button == "home":
            return Verdict(False, f"the arm drives home between episodes; the run is {machine.state.value}")
        if machine.state is EpisodeState.RUNNING:
            self._resumed += 1
            return Verdict(True)
        verdict = machine.confirm()
        if verdict.accepted:
            self._between.speak()
        return verdict

    def _pause(self, paused: bool) -> Verdict:
        with self.changed:
            self.changed.notify()
            if self._machine is None:
                return NOT_STARTED
            if paused:
                self._between.stop(self._machine)
            return self._machine.pause(paused)

    def _on_prop(self, message: JointState) -> None:
        self._proprio.arrived()
        try:
            vector_values(message)
        except MessageError as error:
            self.get_logger().error(f"{names.PROPRIO}: {error}", throttle_duration_sec=2.0)
            return
        stamp_s = to_seconds(message.header.stamp)
        if fault := stamp_fault(stamp_s, self.now_s()):
            self.get_logger().error(f"{names.PROPRIO} is {fault}", throttle_duration_sec=2.0)
            return
        with self.changed:
            self._prop = (stamp_s, np.array(message.position))
            self.changed.notify()

    def _on_truth(self, message: JointState) -> None:
        try:
            values = vector_values(message)
            truth = Truth(to_seconds(message.header.stamp), values[SUCCESS] > 0.5, values[LOST] > 0.5)
        except (MessageError, KeyError) as error:
            self.get_logger().error(f"{names.SIM_STATE}: {error}", throttle_duration_sec=2.0)
            return
        with self.changed:
            self._truth = truth
            self.changed.notify()

    def _on_scene(self, scene: SceneStatus) -> None:
        with self.changed:
            self._scene = scene
            self.changed.notify()

    def _on_policy(self, policy: PolicyStatus) -> None:
        with self.changed:
            self._policy = policy
            self.changed.notify()

    def _on_robot(self, robot: RobotStatus) -> None:
        with self.changed:
            self._robot.heard(robot)
            self.changed.notify()


def main() -> None:
    """Run the node."""
    run(ResetNode)


if __name__ == "__main__":
    main()
