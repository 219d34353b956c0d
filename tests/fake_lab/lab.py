"""A lab of processes around a robot that isn't there, and a person who looks on and presses buttons."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from fake_lab.orders import Ordered
from ibrl_ros.config.loader import config_root
from ibrl_ros.control.action import Action
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import action_message
from ibrl_ros.ros.convert import vector_message
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.status import status_values

HERE = Path(__file__).parent
CARTESIAN = "cartesian_impedance_controller"
PATIENCE_S = 60.0
START_M = (0.40, 0.08, 0.32)
HOME_M = (0.50, 0.0, 0.22)
#: For a robot's `safety`: on a machine on which other tests run, nodes wait for their turn.
PATIENT = {
    "max_state_age_s": 2.0,
    "max_action_age_s": 2.0,
    "silence_s": 2.0,
    "max_joints_age_s": 2.0,
}
STEP_S, ASK_AGAIN_S = 0.1, 3.0
#: After this an arm is where its target is.
SETTLED_S = 0.5
AT_TARGET_M = 0.002
SWAY_S, SWAY_ACTION = 2.0, 0.2


class FakeLab:
    """The processes of a robot's side, the package's nodes that a test starts, and the person.

    Attributes:
        arm: orders to the arm's process, see arm_process.FakeRobot.orders.
        hand: orders to the gripper's process, see hand_process.FakeHand.orders.
        robot: what robot/status said last, with its sentence as "message".
        episode: what episode/status said last, likewise.
        heard_of_episode: called with each status of the episode.
        node: the person's.
        swaying: whether actions are sent, ten a second: to and fro along y, a decimetre each way.
        heading: of these actions; -1 or 1: one way only.
        gripper: of these actions, -1 (open) or 1.
        command: what is sent on teleop/command ten times a second; None: nothing is.
    """

    def __init__(
        self,
        folder: Path,
        camera_side: int = 0,
        camera_hz: float = 10.0,
        safety: dict[str, object] | None = None,
        arm: dict[str, object] | None = None,
    ) -> None:
        """Start arm and gripper; the Cartesian controller is active.

        Args:
            folder: for the robot's file and what the processes say.
            camera_side: pixels of a side of a black wrist camera; 0: none.
            camera_hz: its pictures a second.
            safety: what the robot's file has there, beside PATIENT.
            arm: what it has there, other than the shipped one.
        """
        self._folder = folder
        self.robot_file = self._write_robot(safety or {}, arm or {})
        self.task_file = self._write_task()
        self.processes: dict[str, Process] = {}
        words = ["--robot", str(self.robot_file), "--start", *map(str, START_M)]
        words += ["--camera", str(camera_side), "--camera-hz", str(camera_hz)]
        self.arm = Ordered(HERE / "arm_process.py", folder / "arm.txt", *words)
        words = ["--joint-states", "franka_gripper/joint_states"]
        self.hand = Ordered(HERE / "hand_process.py", folder / "hand.txt", *words)
        self.arm("switch", activate=[CARTESIAN], deactivate=[])
        rclpy.init()
        self.node = Node("person")
        self.robot, self.episode = dict[str, str](), dict[str, str]()
        self.heard_of_episode: Callable[[dict[str, str]], object] | None = None
        self.swaying, self.heading, self.gripper = False, 0.0, -1.0
        self.command: dict[str, float] | None = None
        self._actions = self.node.create_publisher(JointState, names.ACTION, COMMAND)
        self._sequence = 0
        self._commands = self.node.create_publisher(JointState, names.TELEOP_COMMAND, SENSOR)
        self.node.create_subscription(DiagnosticStatus, names.ROBOT_STATUS, self._on_robot, LATCHED)
        self.node.create_subscription(DiagnosticStatus, names.EPISODE_STATUS, self._on_episode, LATCHED)
        self.node.create_timer(STEP_S, self._speak)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self._spinning = threading.Thread(target=self._executor.spin, daemon=True)
        self._spinning.start()

    def _write_robot(self, safety: dict[str, object], arm: dict[str, object]) -> Path:
        content = yaml.safe_load((config_root() / "robots" / "fr3_hand.yaml").read_text())
        content["safety"] = {**content.get("safety", {}), **PATIENT, **safety}
        content["arm"] = {**content["arm"], **arm}
        return self.write("robot", content)

    def _write_task(self) -> Path:
        content = yaml.safe_load((config_root() / "tasks" / "lift_fr3.yaml").read_text())
        content["reset"] = {"noise_m": 0.0, "moves_m": [], "delay_s": 1.0}
        return self.write("task", content)

    def write(self, name: str, content: object) -> Path:
        """A YAML file of the lab's folder."""
        path = self._folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    # Nodes and launches of the package

    def run(self, node: str, **parameters: object) -> Process:
        """Start a node of the package for this robot."""
        settings = {"robot": self.robot_file, "task": self.task_file, "sim": "false", **parameters}
        words = [word for key, value in settings.items() for word in ("-p", f"{key}:={value}")]
        return self._open(node, "run", "ibrl_ros", node, "--ros-args", *words)

    def launch(self, name: str, **arguments: object) -> Process:
        """Start a launch file for this robot."""
        values = {"robot": self.robot_file, "task": self.task_file, "sim": "false", "cameras": "none"}
        words = [f"{key}:={value}" for key, value in {**values, **arguments}.items()]
        return self._open(name, "launch", "ibrl_ros", f"{name}.launch.py", *words)

    def _open(self, name: str, *words: str) -> Process:
        self.processes[name] = Process(self._folder / name, *words)
        return self.processes[name]

    # What the person does

    def call(self, name: str, value: bool | None = None) -> tuple[bool, str]:
        """Call a service: Trigger, or SetBool with a value; its answer."""
        kind: Any = Trigger if value is None else SetBool
        client = self.node.create_client(kind, name)
        try:
            self.wait(client.service_is_ready, f"service {name}")
            request = kind.Request() if value is None else kind.Request(data=value)
            future = client.call_async(request)
            asked = self.now()

            def answered() -> bool:
                nonlocal future, asked
                if self.now() - asked > ASK_AGAIN_S:  # a node killed before may still seem to be there
                    future, asked = client.call_async(request), self.now()
                return future.done()

            self.wait(answered, f"an answer of {name}")
        finally:
            self.node.destroy_client(client)
        return future.result().success, future.result().message

    def ask(self, name: str, value: bool | None = None) -> None:
        """Call a service until it agrees."""
        said: list[str] = []

        def agreed() -> bool:
            success, message = self.call(name, value)
            said.append(message)
            return success

        self.wait(agreed, lambda: f"{name} doesn't agree: {said[-1]}")

    def tell(self, **pressed: float) -> None:
        """From now on this is what the teleoperation device says: all buttons up but these."""
        buttons = dict.fromkeys(("deadman", "start", "success", "failure", "abort"), 0.0)
        self.command = {**buttons, "usable": 1.0, "enable": 1.0, **pressed}

    def allow(self) -> None:
        """The person's word."""
        self.ask(names.ALLOW)

    def start_moving(self, heading: float = 0.0) -> None:
        """The person's word, and from now on actions that move the arm."""
        self.swaying, self.heading = True, heading

        def moves() -> bool:
            if self.robot.get("armed") != "true":
                self.call(names.ALLOW)
                self.call(names.ARM, True)
            return self.is_moving()

        self.wait(moves, "the arm moves")

    def _speak(self) -> None:
        now_s = self.node.get_clock().now().nanoseconds * 1e-9
        if self.swaying:
            side = self.heading or (1.0 if int(now_s / SWAY_S) % 2 else -1.0)
            values = np.array([0, side * SWAY_ACTION, 0, 0, 0, 0, self.gripper], np.float32)
            self._sequence += 1
            self._actions.publish(action_message(Action(values, self._sequence, now_s, now_s)))
        if self.command is not None:
            self._commands.publish(vector_message(self.command, now_s))

    # What the person sees

    def wait(self, condition: Callable[[], bool], what: str | Callable[[], str]) -> None:
        """Until something has happened; says what was waited for when it doesn't."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                said = what if isinstance(what, str) else what()
                raise AssertionError(f"not within {PATIENCE_S:.0f} s: {said}\n{self.explain()}")
            time.sleep(0.02)

    def put_controllers_on(self) -> None:
        """What a person does after a fault: recover, broadcasters on, and then the Cartesian controller."""
        self.arm("recover")
        since = self.now()

        def told() -> bool:
            targets = self.arm("targets", since=since)
            return bool(targets) and self.away_m(tuple(targets[-1][1:4])) < AT_TARGET_M

        self.wait(told, "a target for the arm as it is now")
        self.arm("switch", activate=[CARTESIAN], deactivate=[])

    def wait_for_robot(self, word: str, armed: bool = False) -> None:
        """Until robot/status is (not) armed, and its sentence has this word."""
        self.wait(lambda: self._says(word, armed), f"robot/status armed {armed} saying {word!r}")

    def _says(self, word: str, armed: bool) -> bool:
        robot = self.robot
        return robot.get("armed") == str(armed).lower() and word in robot["message"]

    def is_moving(self) -> bool:
        """Whether the arm moves now."""
        since = self.now()
        time.sleep(0.2)
        return self.arm("moved_m", since=since) > 0.002

    def stays(self, seconds: float, within_m: float = 0.002) -> None:
        """Watch the arm for a while, once it has come to its target: it must not move."""
        time.sleep(SETTLED_S)
        since = self.now()
        time.sleep(seconds)
        moved_m = self.arm("moved_m", since=since)
        assert moved_m <= within_m, f"it moved {moved_m:.3f} m\n{self.explain()}"

    def stays_armed(self, seconds: float) -> None:
        """Watch the robot for a while: it must not hold."""
        until = self.now() + seconds
        while self.now() < until:
            assert self.robot["armed"] == "true", self.explain()
            time.sleep(0.02)

    def comes_to_rest(self, since: float, within_s: float) -> None:
        """The targets heard later than that after a moment are all one, and so the arm stands."""
        time.sleep(max(0.0, since + within_s + 0.5 - self.now()))
        late = np.array(self.arm("targets", since=since + within_s))
        spread_m = float(np.ptp(late[:, 1:], axis=0).max()) if len(late) else 0.0
        assert spread_m <= 0.001, f"targets went on for {spread_m:.3f} m\n{self.explain()}"

    def away_m(self, place_m: tuple[float, float, float]) -> float:
        """How far the tool is from a place."""
        return float(np.linalg.norm(np.subtract(self.arm("position"), place_m)))

    @staticmethod
    def now() -> float:
        """The clock of the arm's answers."""
        return time.monotonic()

    def explain(self) -> str:
        """The last words of everything."""
        outputs = [f"== {name}\n{one.output[-1500:]}" for name, one in self.processes.items()]
        return "\n".join([f"robot {self.robot}", f"episode {self.episode}", *outputs])

    # Its course

    def stand_still(self) -> None:
        """Nobody says anything any more, and nothing is wrong."""
        self.swaying, self.heading, self.gripper, self.command = False, 0.0, -1.0, None
        self.arm("block", blocked=False)
        self.arm("push", force_n=0.0)
        self.arm("publish_flange", at_flange=False)
        self.arm("publish_frame", frame_id="")
        self.arm("silence", names=[])
        self.hand("faults")
        self.hand("hold_object", width_m=0.0)
        self.arm("recover")

    def bring_back(self) -> None:
        """The arm is put back to its start, with the Cartesian controller active."""
        self.stand_still()
        self.put(START_M)

    def put(self, place_m: tuple[float, float, float]) -> None:
        """The arm is somewhere else, with the Cartesian controller active."""
        self.arm("switch", activate=[], deactivate=[CARTESIAN])
        self.arm("put", place_m=list(place_m))
        time.sleep(SETTLED_S)
        self.arm("put", place_m=list(place_m))  # the controller forgets what it has heard meanwhile
        self.arm("switch", activate=[CARTESIAN], deactivate=[])

    def close(self) -> None:
        """Leave nothing behind."""
        for process in self.processes.values():
            process.end()
        self.arm.end()
        self.hand.end()
        self._executor.shutdown()
        self._spinning.join()
        self.node.destroy_node()
        rclpy.shutdown()

    def _on_robot(self, message: DiagnosticStatus) -> None:
        self.robot = {**status_values(message), "message": message.message}

    def _on_episode(self, message: DiagnosticStatus) -> None:
        self.episode = {**status_values(message), "message": message.message}
        if self.heard_of_episode is not None:
            self.heard_of_episode(self.episode)


class Process:
    """A `ros2` command with its output so far."""

    def __init__(self, folder: Path, *words: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / f"output_{len(list(folder.glob('output_*')))}.txt"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [Path(sys.prefix) / "bin" / "ros2", *words],
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        """As a crash or the power switch does, with all that it has started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """As Ctrl-C does; whatever is left after that is killed."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20.0)
            except subprocess.TimeoutExpired:
                self.kill()
