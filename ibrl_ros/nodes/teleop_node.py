"""teleop_node: publishes the commands of a teleoperation device: pose, gripper, switches, buttons, stop."""

from __future__ import annotations

import math
import time

from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool

from ibrl_ros.config import load_device, load_robot, load_task
from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.step.takeover import Hand
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.nodes.pace.teleop import Asked, make_pace
from ibrl_ros.nodes.teleop_inputs import TeleopInputs
from ibrl_ros.registers import DEVICES
from ibrl_ros.ros import names
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.heard_topic import listen
from ibrl_ros.ros.qos import ANYBODY, LATCHED, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.status import OK, WARN
from ibrl_ros.ros.statuses import EpisodeStatus, hear_status
from ibrl_ros.ros.teleop_command import command_message
from ibrl_ros.teleop.buttons import EPISODE_WORDS
from ibrl_ros.teleop.device import Device, DeviceState, Workplace
from ibrl_ros.teleop.sample import RobotNow
from ibrl_ros.teleop.told import Told

STREAM_PERIOD_S = STOP_PERIOD_S = 0.02
STOP_STANDS_S = 0.5


class TeleopNode(LoopNode):
    """Publishes commands of the device: a person's 50 times a second, a script's at each new reading.

    The device's stop button has a timer of its own, so that it doesn't wait for readings or commands.
    """

    def __init__(self) -> None:
        super().__init__("teleop_node")
        self._task = load_task(self.setting("task"))
        told = Told()
        self._pace = make_pace(self, self._task, told)
        self._name = self.setting("teleop")
        self._source = self._make_source()
        self._at_readings = self._source.at_readings
        self._said: DeviceState | None = None
        self._episode: str | None = None
        self._running = False
        self._publisher = self.create_publisher(JointState, names.TELEOP_COMMAND, SENSOR)
        self._estop = self.create_publisher(Bool, names.ESTOP, LATCHED)
        self._stop_until_s = -math.inf
        self._diagnostics = Diagnostics(self, self._facts)
        self._inputs = TeleopInputs(self, self._diagnostics, told, self._on_news)
        hear_status(self, EpisodeStatus, self._on_episode)
        self._listen_to_device()
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        if not self._at_readings:
            self.create_timer(STREAM_PERIOD_S, self._command, clock=steady)
            self.create_timer(STOP_PERIOD_S, self._watch_stop, clock=steady)

    def close(self) -> None:
        """Close the device."""
        self._source.close()

    def _make_source(self) -> Device:
        config = load_device(self.setting("teleop_config"), self._name)
        device: type[Device] = DEVICES.find(self._name)
        limits = GateLimits.of(self._task, load_robot(self.setting("robot")))
        noise, seed = self.setting("operator_noise"), self.setting("seed")
        return device.open(config, Workplace(self._task, limits, noise, seed))

    def _listen_to_device(self) -> None:
        if self._source.listens is not None:
            listen(self, self._source.listens, self._on_device, ANYBODY)
        if self._source.help:
            self.get_logger().info(self._source.help)

    def _on_device(self, message: object) -> None:
        self._source.heard(message)
        self._watch_stop()

    def _watch_stop(self) -> None:
        """Publish the stop at once and for STOP_STANDS_S after, because a single message may be lost."""
        now_s = time.monotonic()
        if self._source.stop_pressed():
            if now_s >= self._stop_until_s:
                self.get_logger().warning(f"{self._name}: STOP pressed")
            self._stop_until_s = now_s + STOP_STANDS_S
        if now_s < self._stop_until_s:
            self._estop.publish(Bool(data=True))

    def _on_news(self, topic: str) -> None:
        """Publish a command if this topic makes one due: a script's new reading, or a message waited for."""
        pace, prop = self._pace, self._inputs.prop
        if topic == names.PROPRIO:
            due = self._at_readings
        elif topic == names.SIM_STATE:
            due = pace.asks_at_news
        else:
            due = prop is not None and pace.awaits_answer(prop[0])
        if due:
            self._command()

    def _on_episode(self, status: EpisodeStatus) -> None:
        self._running = status.state is EpisodeState.RUNNING
        if self._running and status.id != self._episode:
            self._episode = status.id
            self._inputs.told.begin()
            self._pace.begin()
            self._source.begin(status.seed)
        if self._pace.asks_at_news:
            self._command()

    def _command(self) -> None:
        """Publish the device's present command, if one is due."""
        self._tell()
        missing = self._missing()
        if missing:
            self.get_logger().info(f"waiting for {missing}", throttle_duration_sec=5.0, skip_first=True)
            return
        robot, stamp_s, state_s = self._robot_now()
        asked = self._pace.asked(self._source, robot, stamp_s, state_s, running=self._running)
        if asked is not None:
            self._publish(asked)

    def _missing(self) -> str:
        """Returns the first needed topic without a message yet; empty if there is none."""
        if self._inputs.prop is None:
            return names.PROPRIO
        return names.SIM_STATE if self._at_readings and self._inputs.state is None else ""

    def _robot_now(self) -> tuple[RobotNow, float, float]:
        """Returns the robot's readings and newest command, their stamp, and the stamp of the state, s."""
        assert self._inputs.prop is not None
        stamp_s, prop = self._inputs.prop
        state_s, state = self._inputs.state or (stamp_s, None)
        told = self._inputs.told
        robot = RobotNow(
            prop=prop,
            state=state,
            age_s=self._pace.age_s(stamp_s),
            goal=None if told.newest is None else told.newest.goal,
            closed=None if told.newest is None else told.newest.closed,
            steps=told.steps,
            on_the_way=self._pace.on_the_way(stamp_s),
        )
        return robot, stamp_s, state_s

    def _tell(self) -> None:
        """Write the device's state to log and diagnostics when it changes."""
        state = self._source.state
        if self._said is not None and state.name == self._said.name:
            return
        self._said = state
        text = f"{self._name}: {state.name}: {state.says}"
        if state.usable:
            self.get_logger().info(text)
        else:
            self.get_logger().warning(text)
        self._diagnostics.tell(OK if state.usable else WARN, text)

    def _facts(self) -> dict[str, object]:
        state, waiting = self._source.state.name, self._missing()
        return {"running": self._running, "teleop": self._name, "state": state, "waiting_for": waiting}

    def _publish(self, asked: Asked) -> None:
        sample, stamp_s = asked
        asks = sample.wanted is not None
        command = TeleopCommand(
            wanted=sample.wanted,
            closed=sample.closed if asks else None,
            hand=Hand(sample.deadman, sample.usable, sample.enable),
            stamp_s=stamp_s,
            read_s=stamp_s - sample.age_s,
        )
        words = {word: word in sample.buttons for word in EPISODE_WORDS}
        self._publisher.publish(command_message(command, words))


def main() -> None:
    """Run the node."""
    run(TeleopNode)


if __name__ == "__main__":
    main()
