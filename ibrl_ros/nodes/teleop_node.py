"""teleop_node: a person's commands, from whatever device, as the seven values of an action and a deadman."""

from __future__ import annotations

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from numpy.typing import NDArray
from sensor_msgs.msg import JointState

from ibrl_ros.config import ConfigError, load_task
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_message, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.observations import TRUTH
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import status_values
from ibrl_ros.teleop.scripted import ScriptedSource
from ibrl_ros.teleop.source import TeleopSample, TeleopSource

BUTTONS = ("success", "failure", "abort")


class TeleopNode(LoopNode):
    """Asks a source for a command at each new reading of the robot, at the rate of the 10 Hz loop."""

    def __init__(self) -> None:
        super().__init__("teleop_node")
        self._task = load_task(self.setting("task", "lift"))
        self._lockstep = self.setting("clock", "real_time") == "lockstep"
        self._source = self._make_source(self.setting("teleop", "scripted"))
        self._prop: tuple[float, NDArray[np.float32]] | None = None
        self._state: tuple[float, NDArray[np.float32]] | None = None
        self._episode: str | None = None
        self._running = False
        self._answer: tuple[float, bool, TeleopSample] | None = None
        self._publisher = self.create_publisher(JointState, names.TELEOP_COMMAND, SENSOR)
        diagnostics = Diagnostics(self, lambda: {"running": self._running})
        self._inputs = {topic: diagnostics.watch(topic) for topic in (names.PROPRIO, names.SIM_STATE)}
        self.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        self.create_subscription(JointState, names.SIM_STATE, self._on_state, SENSOR)
        self.create_subscription(DiagnosticStatus, names.EPISODE_STATUS, self._on_episode, LATCHED)
        if not self._lockstep:
            self.create_timer(1 / self._task.rate_hz, self._command)

    def _make_source(self, name: str) -> TeleopSource:
        noise = self.setting("operator_noise", 0.3)
        seed = self.setting("seed", 1)
        if name != "scripted":
            raise ConfigError(f"unknown teleop source {name!r}; known: scripted")
        return ScriptedSource(self._task, noise=noise, seed=seed)

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
            values = [value for name, value in vector_values(message).items() if name != TRUTH]
        except MessageError as error:
            self.get_logger().error(f"{topic}: {error}", throttle_duration_sec=2.0)
            return None
        return to_seconds(message.header.stamp), np.array(values, np.float32)

    def _on_episode(self, message: DiagnosticStatus) -> None:
        values = status_values(message)
        self._running = values["state"] == "running"
        if self._running and values["id"] != self._episode:
            self._episode = values["id"]
            self._source.begin(int(values["seed"]))
        if self._lockstep:
            self._command()

    def _command(self) -> None:
        """Publish a command for the newest reading; in lockstep the same one when asked again."""
        if self._prop is None:
            return
        stamp_s, prop = self._prop
        state = None if self._state is None else self._state[1]
        if self._lockstep and (self._state is None or self._state[0] != stamp_s):
            return
        if self._answer is None or not self._lockstep or self._answer[:2] != (stamp_s, self._running):
            self._answer = (stamp_s, self._running, self._source.sample(prop, state, running=self._running))
        self._publish(self._answer[2], stamp_s)

    def _publish(self, sample: TeleopSample, stamp_s: float) -> None:
        values = {f"a{index}": float(value) for index, value in enumerate(sample.action)}
        values["deadman"] = float(sample.deadman)
        values.update({button: float(button in sample.buttons) for button in BUTTONS})
        self._publisher.publish(vector_message(values, stamp_s))


def main() -> None:
    """Run the node."""
    run(TeleopNode)


if __name__ == "__main__":
    main()
