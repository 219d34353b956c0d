"""A lab around a robot that speaks libfranka's protocol: nodes as processes, and a person with a node."""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticStatus
from franka_robot import FrankaRobot
from launches import PATIENT, Launch, wait_until
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image, JointState
from std_srvs.srv import Trigger

from ibrl_ros.config import load_task
from ibrl_ros.config.loader import config_root
from ibrl_ros.control.action import Action
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import action_message
from ibrl_ros.ros.convert import image_message, vector_message
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.status import status_values

TASK = load_task("lift")
STEP_S = 0.1
STATE_DIM = 9
MEASURED_S = 3.0
#: The task is the simulation's, faster than a lab's; the simulated robot's clock is slower than the wall's.
FAST = {"max_speed_m_s": 1.0, "max_turn_rad_s": 4.0, "blocked_s": None, "max_joints_age_s": 5.0}


class FrankaLab:
    """The robot, its libfranka_node, and a person whose node also stands for what no robot has.

    That is a camera, and the simulation's state, which the scripted operator looks at. The person puts
    the block back, and gives a word whenever one is waited for.

    Attributes:
        prop: [8], what robot/proprio said last; empty before.
        episode: what episode/status said last.
        block_highest_m: height of the block's centre, at its highest since `watch`.
        launches: what was started, by name.
    """

    def __init__(self, robot: FrankaRobot, folder: Path) -> None:
        self.robot, self._folder = robot, folder
        self.prop, self.episode = np.zeros(0), dict[str, str]()
        self.block_highest_m = 0.0
        self.launches: dict[str, Launch] = {}
        self.robot_file = folder / "robot.yaml"
        content = yaml.safe_load((config_root() / "robots/fr3_libfranka.yaml").read_text())
        content["libfranka"] = {"address": robot.address, "realtime": "ignore"}
        content["safety"] = {**PATIENT, **FAST}
        self.robot_file.write_text(yaml.safe_dump(content))
        rclpy.init()
        self.person = Node("person")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.person)
        self._actions = self.person.create_publisher(JointState, names.ACTION, COMMAND)
        self._sequence = 0
        self._states = self.person.create_publisher(JointState, names.SIM_STATE, SENSOR)
        self._start = self.person.create_client(Trigger, names.EPISODE_START)
        self._images = self.person.create_publisher(Image, names.image_topic("wrist"), SENSOR)
        self.person.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        self.person.create_subscription(DiagnosticStatus, names.EPISODE_STATUS, self._on_episode, LATCHED)
        self.run("libfranka_node")

    def run(self, node: str) -> None:
        """Start a node of the package for this robot."""
        settings = (f"robot:={self.robot_file}", "sim:=false", "task:=lift")
        words = [word for setting in settings for word in ("-p", setting)]
        self._open(node, "run", "ibrl_ros", node, "--ros-args", *words)

    def launch(self, name: str, **arguments: object) -> Launch:
        """Start a launch file for this robot."""
        values = {"robot": self.robot_file, "sim": "false", "cameras": "none", **arguments}
        words = [f"{key}:={value}" for key, value in values.items()]
        return self._open(name, "launch", "ibrl_ros", f"{name}.launch.py", *words)

    def _open(self, name: str, *command: str) -> Launch:
        self.launches[name] = Launch(self._folder / name, *command)
        return self.launches[name]

    def watch(self) -> None:
        """From now on there is a camera, which sees black, and the simulation's state."""
        self.person.create_timer(STEP_S / 2, self._publish_what_is_seen)

    def _publish_what_is_seen(self) -> None:
        self.block_highest_m = max(self.block_highest_m, self.robot.truth["block_m"][2])
        now_s, side = self._now_s(), TASK.image_size
        self._images.publish(image_message(np.zeros((side, side, 3), np.uint8), now_s, "wrist"))
        if len(self.prop) == 8:
            values = {f"s{index}": float(value) for index, value in enumerate(self._state())}
            self._states.publish(vector_message(values, now_s))

    def _state(self) -> np.ndarray:
        """Where the block is, from the tool centre point; the scripted operator needs no more."""
        block, yaw = np.array(self.robot.truth["block_m"]), self.robot.truth["block_yaw_rad"]
        state = np.zeros(STATE_DIM)
        state[:3] = (block - self.prop[:3]) * 10
        state[3:5] = math.sin(4 * yaw), math.cos(4 * yaw)
        return state

    def act(self, action: np.ndarray) -> None:
        """Send an action, and wait for the next step by the robot's clock, which may be slow."""
        until_s = self.robot.truth["time_s"] + STEP_S
        now_s, values = self._now_s(), np.asarray(action, np.float32)
        self._sequence += 1
        self._actions.publish(action_message(Action(values, self._sequence, now_s, now_s)))
        self.wait_until(lambda: self.robot.truth["time_s"] >= until_s)

    def pace(self) -> float:
        """Seconds of the robot's clock in a second, measured over a few."""
        robot_s, wall_s = self.robot.truth["time_s"], time.monotonic()
        self.wait_until(lambda: time.monotonic() > wall_s + MEASURED_S)
        return (self.robot.truth["time_s"] - robot_s) / (time.monotonic() - wall_s)

    def ask(self, kind: type, name: str, request: object) -> None:
        """Give a person's word and ask, until the answer is yes."""

        def agreed() -> bool:
            return self._call(kind, name, request) or (
                self._call(Trigger, names.ALLOW, Trigger.Request()) and self._call(kind, name, request)
            )

        self.wait_until(agreed)

    def _call(self, kind: type, name: str, request: object) -> bool:
        client = self.person.create_client(kind, name)
        self.wait_until(client.service_is_ready)
        future = client.call_async(request)
        self.wait_until(future.done)
        self.person.destroy_client(client)
        return future.result().success

    def wait_until(self, condition: object) -> None:
        def spun() -> bool:
            self._executor.spin_once(timeout_sec=0.02)
            return condition()

        wait_until(spun, self.explain)

    def explain(self) -> str:
        outputs = [f"{name}: {launch.output}" for name, launch in self.launches.items()]
        return "\n".join([f"{self.prop} {self.robot.truth} {self.episode}", *outputs])

    def close(self) -> None:
        for launch in self.launches.values():
            launch.end()
        self._executor.shutdown()
        self.person.destroy_node()
        rclpy.shutdown()

    def _now_s(self) -> float:
        return self.person.get_clock().now().nanoseconds * 1e-9

    def _on_prop(self, message: JointState) -> None:
        self.prop = np.array(message.position)

    def _on_episode(self, message: DiagnosticStatus) -> None:
        self.episode = status_values(message)
        if self._start.service_is_ready():
            if self.episode["state"] == "waiting":
                self.robot.put_block_back()
            if self.episode["waits_for"]:
                self._start.call_async(Trigger.Request())
