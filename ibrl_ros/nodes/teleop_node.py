"""teleop_node: what a person asks for with whatever device: pose, gripper, switches, words, the stop."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import JointState, Joy
from std_msgs.msg import Bool

from ibrl_ros.config import ConfigError, load_robot, load_task, load_teleop
from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.step.takeover import Hand
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import execution_value
from ibrl_ros.ros.convert import MessageError, to_seconds
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import observed_values
from ibrl_ros.ros.qos import ANYBODY, COMMAND, LATCHED, QUEUE, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import OK, WARN
from ibrl_ros.ros.statuses import EpisodeStatus, hear_status
from ibrl_ros.ros.teleop_command import command_message
from ibrl_ros.teleop.buttons import EPISODE_WORDS
from ibrl_ros.teleop.factory import make_source
from ibrl_ros.teleop.joystick import JoySource
from ibrl_ros.teleop.keyboard import HELP
from ibrl_ros.teleop.scripted import ScriptedSource
from ibrl_ros.teleop.source import RobotNow, SourceState, TeleopSample, TeleopSource
from ibrl_ros.teleop.told import Told

STREAM_PERIOD_S = STOP_PERIOD_S = 0.02
STOP_STANDS_S = 0.5


class TeleopNode(LoopNode):
    """Streams what a source asks for: a device's hand 50 times a second, a script at each new reading.

    The device's stop doesn't wait for that: it is looked for on a timer of its own, whatever else goes on.
    """

    def __init__(self) -> None:
        super().__init__("teleop_node")
        self._task = load_task(self.setting("task"))
        self._lockstep = self.setting("clock") == "lockstep"
        self._name = self.setting("teleop")
        self._source = self._make_source()
        self._at_readings = isinstance(self._source, ScriptedSource)
        self._told: SourceState | None = None
        self._prop: tuple[float, NDArray[np.float32]] | None = None
        self._state: tuple[float, NDArray[np.float32]] | None = None
        self._episode: str | None = None
        self._running = False
        self._robot = Told()
        self._answer: tuple[float, bool, TeleopSample] | None = None
        self._publisher = self.create_publisher(JointState, names.TELEOP_COMMAND, SENSOR)
        self._estop = self.create_publisher(Bool, names.ESTOP, LATCHED)
        self._stop_until_s = -math.inf
        self._diagnostics = Diagnostics(self, self._facts)
        topics = (names.PROPRIO, names.SIM_STATE, names.EXECUTED)
        self._inputs = {topic: self._diagnostics.watch(topic) for topic in topics}
        self.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        self.create_subscription(JointState, names.SIM_STATE, self._on_state, SENSOR)
        hear_status(self, EpisodeStatus, self._on_episode)
        self.create_subscription(JointState, names.EXECUTED, self._on_executed, QUEUE)
        self._listen_to_device()
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        if not self._at_readings:
            self.create_timer(STREAM_PERIOD_S, self._command, clock=steady)
        if not self._lockstep:
            self.create_timer(STOP_PERIOD_S, self._watch_stop, clock=steady)

    def close(self) -> None:
        """Let go of the device."""
        self._source.close()

    def _make_source(self) -> TeleopSource:
        if self._lockstep and self._name != "scripted":
            raise ConfigError(f"teleop:={self._name} is a person: clock:=lockstep goes with scripted only")
        return make_source(
            self._name,
            self._task,
            load_robot(self.setting("robot")),
            load_teleop(self.setting("teleop_config")),
            noise=self.setting("operator_noise"),
            seed=self.setting("seed"),
        )

    def _listen_to_device(self) -> None:
        source = self._source
        if isinstance(source, JoySource):

            def heard(message: Joy) -> None:
                source.heard(message.axes, message.buttons)
                self._watch_stop()

            self.create_subscription(Joy, source.topic, heard, ANYBODY)
        if self._name == "keyboard":
            self.get_logger().info(HELP)

    def _watch_stop(self) -> None:
        """Say stop as soon as the device does, and for a while after, so that no single message matters."""
        now_s = time.monotonic()
        if self._source.stop_pressed():
            if now_s >= self._stop_until_s:
                self.get_logger().warning(f"{self._name}: STOP pressed")
            self._stop_until_s = now_s + STOP_STANDS_S
        if now_s < self._stop_until_s:
            self._estop.publish(Bool(data=True))

    def _on_prop(self, message: JointState) -> None:
        prop = self._read(names.PROPRIO, message)
        if prop is None:
            return
        try:
            Pose.of(prop[1][:3].tolist(), prop[1][3:7].tolist())
        except ValueError as error:
            self.get_logger().error(f"{names.PROPRIO}: {error}", throttle_duration_sec=2.0)
            return
        self._prop = prop
        if self._at_readings:
            self._command()

    def _on_state(self, message: JointState) -> None:
        self._state = self._read(names.SIM_STATE, message)
        if self._lockstep:
            self._command()

    def _on_executed(self, message: JointState) -> None:
        self._inputs[names.EXECUTED].arrived()
        try:
            execution = execution_value(message)
        except MessageError as error:
            self.get_logger().error(f"{names.EXECUTED}: {error}", throttle_duration_sec=2.0)
            return
        measured = None if self._prop is None else RobotNow(self._prop[1]).measured
        self._robot.heard(execution, to_seconds(message.header.stamp), measured)
        if self._lockstep and self._answer and self._prop and self._prop[0] != self._answer[0]:
            self._command()

    def _read(self, topic: str, message: JointState) -> tuple[float, NDArray[np.float32]] | None:
        self._inputs[topic].arrived()
        try:
            values = observed_values(message)
        except MessageError as error:
            self.get_logger().error(f"{topic}: {error}", throttle_duration_sec=2.0)
            return None
        return to_seconds(message.header.stamp), values

    def _on_episode(self, status: EpisodeStatus) -> None:
        self._running = status.state is EpisodeState.RUNNING
        if self._running and status.id != self._episode:
            self._episode = status.id
            self._robot.begin()
            self._answer = None
            self._source.begin(status.seed)
        if self._lockstep:
            self._command()

    def _command(self) -> None:
        """Publish what the hand asks for now; in lockstep the same for the same reading."""
        self._tell()
        missing = self._missing()
        if missing:
            self.get_logger().info(f"waiting for {missing}", throttle_duration_sec=5.0, skip_first=True)
            return
        robot, stamp_s, state_s = self._robot_now()
        if not self._lockstep:
            self._publish(self._source.sample(robot, running=self._running))
            return
        if self._answer is None or self._answer[:2] != (stamp_s, self._running):
            if state_s != stamp_s or not self._step_is_over(stamp_s):
                return
            self._answer = (stamp_s, self._running, self._source.sample(robot, running=self._running))
        self._publish(self._answer[2], stamp_s)

    def _missing(self) -> str:
        """The topic without which nothing can be asked for, and which wasn't heard yet; or empty."""
        if self._prop is None:
            return names.PROPRIO
        return names.SIM_STATE if self._at_readings and self._state is None else ""

    def _robot_now(self) -> tuple[RobotNow, float, float]:
        """Where the robot is and what it was told, when that was measured, and of when its state is."""
        assert self._prop is not None
        stamp_s, prop = self._prop
        state_s, state = self._state or (stamp_s, None)
        told = self._robot.newest
        robot = RobotNow(
            prop=prop,
            state=state,
            age_s=0.0 if self._lockstep else self.now_s() - stamp_s,
            goal=None if told is None else told.goal,
            closed=None if told is None else told.closed,
            steps=self._robot.steps,
            on_the_way=None if self._lockstep else self._robot.on_the_way(stamp_s, 1 / self._task.rate_hz),
        )
        return robot, stamp_s, state_s

    def _step_is_over(self, stamp_s: float) -> bool:
        """In lockstep: whether it is known what became of the action that led to this reading."""
        if not self._running or self._answer is None or self._answer[0] == stamp_s:
            return True
        told = self._robot
        return told.newest is not None and told.newest.accepted and told.decided_s >= self._answer[0]

    def _tell(self) -> None:
        """Say how the device is, when that changes."""
        state = self._source.state
        if self._told is not None and state.name == self._told.name:
            return
        self._told = state
        text = f"{self._name}: {state.name}: {state.says}"
        if state.usable:
            self.get_logger().info(text)
        else:
            self.get_logger().warning(text)
        self._diagnostics.tell(OK if state.usable else WARN, text)

    def _facts(self) -> dict[str, object]:
        state, waiting = self._source.state.name, self._missing()
        return {"running": self._running, "teleop": self._name, "state": state, "waiting_for": waiting}

    def _publish(self, sample: TeleopSample, stamp_s: float | None = None) -> None:
        now_s = self.now_s() if stamp_s is None else stamp_s
        asks = sample.wanted is not None
        command = TeleopCommand(
            wanted=sample.wanted,
            closed=sample.closed if asks else None,
            hand=Hand(sample.deadman, sample.usable, sample.enable),
            stamp_s=now_s,
            read_s=now_s - sample.age_s,
        )
        words = {word: word in sample.buttons for word in EPISODE_WORDS}
        self._publisher.publish(command_message(command, words))


def main() -> None:
    """Run the node."""
    run(TeleopNode)


if __name__ == "__main__":
    main()
