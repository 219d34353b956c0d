"""reset_node: owns the course of the episodes, asks the person, and tells success from failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from numpy.typing import NDArray
from rclpy.client import Client
from rclpy.task import Future
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import ConfigError, load_task
from ibrl_ros.control.detectors import Detectors
from ibrl_ros.control.episode_state import EpisodeMachine, EpisodeState, episode_seed
from ibrl_ros.control.verdict import Verdict
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.observations import TRUTH
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import status_message, status_values

STAGES = ("collect", "train", "evaluate")
RETRY_S = 0.2
REPEAT_S = 0.5
PROMPT_EVERY_S = 30.0
OUTSIDE_M = 0.05
DISARM = SetBool.Request(data=False)


class ResetNode(LoopNode):
    """Drives the EpisodeMachine with what the robot, the policy and the person say."""

    def __init__(self) -> None:
        super().__init__("reset_node")
        self._task = load_task(self.setting("task", "lift"))
        self._sim = self.setting("sim", True)
        self._auto = self._asks_nobody(self.setting("person", "default"))
        stage = self.setting("stage", "collect")
        self._run_seed = episode_seed(self.setting("seed", 1), STAGES.index(stage))
        self._detectors = Detectors(self._task.success)
        self._machine: EpisodeMachine | None = None
        self._condition = threading.Condition()
        self._policy: dict[str, str] = {}
        self._robot: dict[str, str] = {}
        self._robot_why = ""
        self._scene: dict[str, str] = {}
        self._prop: tuple[float, NDArray[np.float64]] | None = None
        self._truth: tuple[float, bool] | None = None
        self._start_s, self._stamp_s, self._detected = 0.0, 0.0, -1
        self._calls: dict[str, tuple[Future, float]] = {}
        self._published: tuple[dict[str, str], float] = ({}, 0.0)
        self._prompted = -PROMPT_EVERY_S
        self._make_topics()

    def _asks_nobody(self, person: str) -> bool:
        if person == "auto" and not self._sim:
            raise ConfigError(
                "person:=auto exists in simulation only: on a robot a person starts each episode"
            )
        return person == "auto" or (person == "default" and self._sim)

    def _make_topics(self) -> None:
        self._status = self.create_publisher(DiagnosticStatus, names.EPISODE_STATUS, LATCHED)
        diagnostics = Diagnostics(self, self._machine_status)
        self._proprio = diagnostics.watch(names.PROPRIO)
        self.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        if self._sim:
            self.create_subscription(JointState, names.SIM_STATE, self._on_truth, SENSOR)
            self.create_subscription(DiagnosticStatus, names.SIM_SCENE, self._on_scene, LATCHED)
        self.create_subscription(DiagnosticStatus, names.POLICY_STATUS, self._on_policy, LATCHED)
        self.create_subscription(DiagnosticStatus, names.ROBOT_STATUS, self._on_robot, LATCHED)
        self.create_subscription(JointState, names.TELEOP_COMMAND, self._on_teleop, SENSOR)
        self._home: Client = self.create_client(Trigger, names.HOME)
        self._arm: Client = self.create_client(SetBool, names.ARM)
        self._pressed: set[str] = set()
        buttons: dict[str, Callable[[EpisodeMachine], Verdict]] = {
            names.EPISODE_START: lambda machine: machine.confirm(),
            names.EPISODE_SUCCESS: lambda machine: machine.success(),
            names.EPISODE_FAILURE: lambda machine: machine.failure(),
            names.EPISODE_ABORT: lambda machine: machine.abort(),
        }
        for topic, event in buttons.items():
            self.create_service(Trigger, topic, self._button(event))
        self.create_service(SetBool, names.EPISODE_PAUSE, self._on_pause)

    def loop(self) -> None:
        """Advance whenever something arrived, until the policy has had enough."""
        while not self.stop.is_set():
            with self._condition:
                if not self._advanced():
                    self._condition.wait(RETRY_S)
                if self._policy.get("state") == "finished" and self._at_rest():
                    break
        if self._machine is not None:
            self._status.publish(status_message("episode", {**self._machine.status(), "state": "finished"}))
        self.stop.wait()  # the launch ends with the node that decides it, not with this one

    def _advanced(self) -> bool:
        """Make the machine once it is known where to begin; let it take a step; whether it did."""
        if self._machine is None:
            if "next_episode" not in self._policy:
                return False
            first = int(self._policy["next_episode"])
            self._machine = EpisodeMachine(self._run_seed, self._task.episode_steps, None, first)
        before = self._machine.state
        self._advance(self._machine)
        self._publish(self._machine)
        return self._machine.state is not before

    def _at_rest(self) -> bool:
        return self._machine is None or self._machine.state is not EpisodeState.RUNNING

    def _advance(self, machine: EpisodeMachine) -> None:
        if machine.state is EpisodeState.HOMING:
            if self._scene_is_set(machine) and self._asked("home", self._home, Trigger.Request()):
                machine.homed()
        elif machine.state is EpisodeState.WAITING:
            if "arm" not in self._calls:
                self._wait_for_person(machine)
            elif self._asked("disarm", self._arm, DISARM):  # called off while the robot was being armed
                del self._calls["arm"]
        elif machine.state is EpisodeState.READY:
            ready = self._policy.get("state") == "ready"
            if ready and self._prop is not None and self._asked("arm", self._arm, SetBool.Request(data=True)):
                self._start(machine)
        elif machine.state is EpisodeState.RUNNING:
            self._watch(machine)
        elif machine.state is EpisodeState.ENDED and self._asked("disarm", self._arm, DISARM):
            assert machine.ended is not None
            if self._policy.get("handled") == machine.ended.id:
                machine.next_episode()

    def _scene_is_set(self, machine: EpisodeMachine) -> bool:
        """In simulation: the scene of this episode stands, and the newest reading shows it."""
        if not self._sim:
            return True
        if self._scene.get("episode") != str(machine.index) or self._prop is None:
            return False
        return self._prop[0] >= float(self._scene["stamp"])

    def _wait_for_person(self, machine: EpisodeMachine) -> None:
        if self._auto:
            machine.confirm()
        elif time.monotonic() - self._prompted > PROMPT_EVERY_S:
            self._prompted = time.monotonic()
            self.get_logger().info(
                f"episode {machine.index}: {self._task.reset_prompt} Then: ros2 service call "
                f"{self.resolve_service_name(names.EPISODE_START)} std_srvs/srv/Trigger"
            )

    def _start(self, machine: EpisodeMachine) -> None:
        assert self._prop is not None
        self._detectors.reset()
        self._robot = {}  # what it said before it was armed doesn't count
        self._start_s = self._stamp_s = self._prop[0]
        self._detected = 0
        self._prompted = -PROMPT_EVERY_S
        machine.policy_ready()

    def _watch(self, machine: EpisodeMachine) -> None:
        """Judge each new 10 Hz step by the newest readings; in simulation only by readings of one instant."""
        assert self._prop is not None
        stamp_s, prop = self._prop
        if self._robot.get("armed") == "False":
            machine.fault(f"the robot holds: {self._robot_why}")
            return
        step = round((stamp_s - self._start_s) * self._task.rate_hz)
        if step <= self._detected or (self._truth is not None and self._truth[0] < stamp_s):
            return
        self._detected, self._stamp_s = step, stamp_s
        success = self._detectors.update(prop, self._truth[1] if self._truth is not None else None)
        box, position = self._task.workspace, prop[:3]
        outside = np.any(position < np.array(box.low_m) - OUTSIDE_M) or np.any(
            position > np.array(box.high_m) + OUTSIDE_M
        )
        machine.tick(step, success=success, out_of_bounds=bool(outside))

    def _asked(self, what: str, client: Client, request: Any) -> bool:
        """Ask a service of robot_node, again and again until it succeeds; True then."""
        pending = self._calls.get(what)
        if pending is not None:
            future, asked_at = pending
            if future.done():
                answer = future.result()
                if answer is not None and answer.success:
                    del self._calls[what]
                    return True
                if time.monotonic() - asked_at < RETRY_S:
                    return False
                message = answer.message if answer is not None else "no answer"
                self.get_logger().info(f"{what}: {message}", throttle_duration_sec=5.0)
            elif time.monotonic() - asked_at < 10 * RETRY_S:
                return False
        if client.service_is_ready():
            future = client.call_async(request)
            self._calls[what] = (future, time.monotonic())
            future.add_done_callback(lambda _: self._notify())
        return False

    def _publish(self, machine: EpisodeMachine) -> None:
        """The status, when it changes; now and then again, for those who missed it in lockstep."""
        values = {
            **machine.status(),
            "stamp": repr(self._stamp_s),
            "auto": str(self._auto).lower(),
            **self._detectors.verdicts(),
        }
        now = time.monotonic()
        if values != self._published[0] or now - self._published[1] > REPEAT_S:
            self._published = (values, now)
            self._status.publish(status_message("episode", values, values["why"]))

    def _machine_status(self) -> dict[str, str]:
        return self._machine.status() if self._machine is not None else {"state": "waiting for policy/status"}

    def _button(self, event: Callable[[EpisodeMachine], Verdict]) -> Callable:
        def pressed(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            with self._condition:
                verdict = (
                    event(self._machine) if self._machine is not None else Verdict(False, "not started yet")
                )
                self._condition.notify()
            response.success, response.message = verdict.accepted, verdict.why
            return response

        return pressed

    def _on_pause(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        with self._condition:
            if self._machine is not None:
                self._machine.pause(request.data)
        response.success = self._machine is not None
        return response

    def _on_teleop(self, message: JointState) -> None:
        """Buttons of the teleop device count when they go down."""
        try:
            values = vector_values(message)
        except MessageError as error:
            self.get_logger().error(f"{names.TELEOP_COMMAND}: {error}", throttle_duration_sec=2.0)
            return
        pressed = {name for name in ("success", "failure", "abort") if values.get(name, 0.0) > 0.5}
        with self._condition:
            for name in pressed - self._pressed if self._machine is not None else ():
                getattr(self._machine, name)()
            self._pressed = pressed

    def _on_prop(self, message: JointState) -> None:
        self._proprio.arrived()
        try:
            vector_values(message)
        except MessageError as error:
            self.get_logger().error(f"{names.PROPRIO}: {error}", throttle_duration_sec=2.0)
            return
        with self._condition:
            self._prop = (to_seconds(message.header.stamp), np.array(message.position))
            self._condition.notify()

    def _on_truth(self, message: JointState) -> None:
        with self._condition:
            self._truth = (to_seconds(message.header.stamp), vector_values(message)[TRUTH] > 0.5)
            self._condition.notify()

    def _on_scene(self, message: DiagnosticStatus) -> None:
        with self._condition:
            self._scene = status_values(message)
            self._condition.notify()

    def _on_policy(self, message: DiagnosticStatus) -> None:
        with self._condition:
            self._policy = status_values(message)
            self._condition.notify()

    def _on_robot(self, message: DiagnosticStatus) -> None:
        with self._condition:
            self._robot, self._robot_why = status_values(message), message.message
            self._condition.notify()

    def _notify(self) -> None:
        with self._condition:
            self._condition.notify()


def main() -> None:
    """Run the node."""
    run(ResetNode)


if __name__ == "__main__":
    main()
