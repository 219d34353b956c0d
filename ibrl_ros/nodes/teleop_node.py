"""teleop_node: a person's commands from whatever device: an action's values, switches, words, the stop."""

from __future__ import annotations

import math
import time

import numpy as np
from numpy.typing import NDArray
from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import JointState, Joy
from std_msgs.msg import Bool

from ibrl_ros.config import ConfigError, load_robot, load_task, load_teleop
from ibrl_ros.control.episode_state import EpisodeState
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_message
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.observations import observed_values
from ibrl_ros.ros.qos import ANYBODY, COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import OK, WARN
from ibrl_ros.ros.statuses import EpisodeStatus, hear_status
from ibrl_ros.teleop.buttons import EPISODE_WORDS
from ibrl_ros.teleop.factory import make_source
from ibrl_ros.teleop.joystick import JoySource
from ibrl_ros.teleop.keyboard import HELP
from ibrl_ros.teleop.source import SourceState, TeleopSample, TeleopSource

STOP_PERIOD_S = 0.02
STOP_STANDS_S = 0.5


class TeleopNode(LoopNode):
    """Asks a source for a command at each new reading of the robot, at the rate of the 10 Hz loop.

    The device's stop doesn't wait for that: it is looked for on a timer of its own, whatever else goes on.
    """

    def __init__(self) -> None:
        super().__init__("teleop_node")
        self._task = load_task(self.setting("task", "lift"))
        self._lockstep = self.setting("clock", "real_time") == "lockstep"
        self._name = self.setting("teleop", "scripted")
        self._source = self._make_source()
        self._told: SourceState | None = None
        self._prop: tuple[float, NDArray[np.float32]] | None = None
        self._state: tuple[float, NDArray[np.float32]] | None = None
        self._episode: str | None = None
        self._running = False
        self._answer: tuple[float, bool, TeleopSample] | None = None
        self._publisher = self.create_publisher(JointState, names.TELEOP_COMMAND, SENSOR)
        self._estop = self.create_publisher(Bool, names.ESTOP, LATCHED)
        self._stop_until_s = -math.inf
        self._diagnostics = Diagnostics(self, self._facts)
        self._inputs = {topic: self._diagnostics.watch(topic) for topic in (names.PROPRIO, names.SIM_STATE)}
        self.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        self.create_subscription(JointState, names.SIM_STATE, self._on_state, SENSOR)
        hear_status(self, EpisodeStatus, self._on_episode)
        self._listen_to_device()
        if not self._lockstep:
            self.create_timer(1 / self._task.rate_hz, self._command)
            steady = Clock(clock_type=ClockType.STEADY_TIME)
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
            load_robot(self.setting("robot", "sim")),
            load_teleop(self.setting("teleop_config", "default")),
            noise=self.setting("operator_noise", 0.3),
            seed=self.setting("seed", 1),
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
        self._prop = self._read(names.PROPRIO, message)
        if self._lockstep:
            self._command()

    def _on_state(self, message: JointState) -> None:
        self._state = self._read(names.SIM_STATE, message)
        if self._lockstep:
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
            self._source.begin(status.seed)
        if self._lockstep:
            self._command()

    def _command(self) -> None:
        """Publish a command for the newest reading; in lockstep the same one when asked again."""
        self._tell()
        if self._prop is None:
            return
        stamp_s, prop = self._prop
        state = None if self._state is None else self._state[1]
        if self._lockstep and (self._state is None or self._state[0] != stamp_s):
            return
        if self._answer is None or not self._lockstep or self._answer[:2] != (stamp_s, self._running):
            self._answer = (stamp_s, self._running, self._source.sample(prop, state, running=self._running))
        self._publish(self._answer[2], stamp_s)

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
        return {"running": self._running, "teleop": self._name, "state": self._source.state.name}

    def _publish(self, sample: TeleopSample, stamp_s: float) -> None:
        values = dict(zip(names.ACTION_VALUES, map(float, sample.action), strict=True))
        values["deadman"] = float(sample.deadman)
        values["usable"] = float(sample.usable)
        values["enable"] = float(sample.enable)
        values.update({button: float(button in sample.buttons) for button in EPISODE_WORDS})
        self._publisher.publish(vector_message(values, stamp_s))


def main() -> None:
    """Run the node."""
    run(TeleopNode)


if __name__ == "__main__":
    main()
