"""A whole Lift episode through libfranka's network protocol; a node that dies leaves the robot holding."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rclpy
import yaml
from franka_robot import FrankaRobot
from launches import Launch, wait_until
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import load_task
from ibrl_ros.config.loader import config_root
from ibrl_ros.control.success import GripperLiftRule
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import vector_message
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.teleop.scripted import make_operator

TASK = load_task("lift")
STEPS = 400
STEP_S = 0.1
LIFTED_M = 0.05
# A machine on which other tests run makes nodes wait; how the gate answers that is tested elsewhere.
PATIENT = {"max_state_age_s": 5.0, "max_action_age_s": 5.0, "silence_s": 5.0}
ACTION_NAMES = ("dx", "dy", "dz", "rx", "ry", "rz", "gripper")
SIDEWAYS = np.array([0.0, 0.2, 0.0, 0.0, 0.0, 0.0, -1.0], np.float32)


class Lab:
    """The two nodes of a robot PC as processes, a simulated robot, and a person with a node."""

    def __init__(self, robot: FrankaRobot, folder: Path) -> None:
        self.robot = robot
        content = yaml.safe_load((config_root() / "robots/fr3_libfranka.yaml").read_text())
        content["libfranka"] = {"address": robot.address, "realtime": "ignore"}
        content["safety"] = PATIENT
        (folder / "robot.yaml").write_text(yaml.safe_dump(content))
        settings = (f"robot:={folder}/robot.yaml", "sim:=false", "task:=lift")
        words = [word for setting in settings for word in ("-p", setting)]
        self.nodes = {
            name: Launch(folder / name, "run", "ibrl_ros", name, "--ros-args", *words)
            for name in ("libfranka_node", "robot_node")
        }
        rclpy.init()
        self.person = Node("person")
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.person)
        self._actions = self.person.create_publisher(JointState, names.ACTION, COMMAND)
        self.prop = np.zeros(0)
        self.person.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        self.wait_until(lambda: len(self.prop) == 8)

    def _on_prop(self, message: JointState) -> None:
        self.prop = np.array(message.position)

    @property
    def output(self) -> str:
        return "\n".join(f"{name}: {launch.output}" for name, launch in self.nodes.items())

    def wait_until(self, condition: object) -> None:
        def spun() -> bool:
            self._executor.spin_once(timeout_sec=0.02)
            return condition()

        wait_until(spun, lambda: f"{self.prop} {self.robot.truth}\n{self.output}")

    def ask(self, kind: type, name: str, request: object) -> bool:
        """Ask until the answer is yes."""
        client = self.person.create_client(kind, name)
        self.wait_until(client.service_is_ready)

        def agreed() -> bool:
            future = client.call_async(request)
            self.wait_until(future.done)
            return future.result().success

        self.wait_until(agreed)
        return True

    def act(self, action: np.ndarray) -> None:
        """Send an action, and wait for the next step by the robot's clock, which may be slow."""
        until_s = self.robot.truth["time_s"] + STEP_S
        now_s = self.person.get_clock().now().nanoseconds * 1e-9
        values = dict(zip(ACTION_NAMES, map(float, action), strict=True))
        self._actions.publish(vector_message(values, now_s))
        self.wait_until(lambda: self.robot.truth["time_s"] >= until_s)

    def state(self) -> np.ndarray:
        """What sim/state would be: where the block is, from the tool centre point."""
        block, yaw = np.array(self.robot.truth["block_m"]), self.robot.truth["block_yaw_rad"]
        state = np.zeros(9)
        state[:3] = (block - self.prop[:3]) * 10
        state[3:5] = math.sin(4 * yaw), math.cos(4 * yaw)
        return state

    def close(self) -> None:
        for launch in self.nodes.values():
            launch.end()
        self._executor.shutdown()
        self.person.destroy_node()
        rclpy.shutdown()


@pytest.fixture
def lab(ros_domain: int, franka_robot: FrankaRobot, tmp_path: Path) -> Iterator[Lab]:
    one = Lab(franka_robot, tmp_path)
    yield one
    one.close()


def test_a_block_is_lifted(lab: Lab) -> None:
    lab.ask(Trigger, names.HOME, Trigger.Request())
    assert math.dist(lab.prop[:3], TASK.home.position_m) < 0.02
    lab.ask(SetBool, names.ARM, SetBool.Request(data=True))
    operator, rule = make_operator(TASK, noise=0.1, seed=1), GripperLiftRule()
    for _ in range(STEPS):
        lab.act(operator.command(lab.prop, lab.state()))
        if rule.update(lab.prop) and lab.robot.truth["block_m"][2] > LIFTED_M:
            break
    else:
        pytest.fail(f"not lifted: {operator.phase} {lab.prop} {lab.robot.truth}\n{lab.output}")
    lab.ask(SetBool, names.ARM, SetBool.Request(data=False))
    lab.wait_until(lambda: lab.robot.at_rest)
    assert lab.robot.truth["block_m"][2] > LIFTED_M, "it is held"


@pytest.mark.parametrize("victim", ["robot_node", "libfranka_node"])
def test_a_node_killed_in_motion_leaves_the_robot_holding(lab: Lab, victim: str) -> None:
    lab.ask(Trigger, names.HOME, Trigger.Request())
    lab.ask(SetBool, names.ARM, SetBool.Request(data=True))
    for _ in range(STEPS):
        lab.act(SIDEWAYS)
        if not lab.robot.at_rest:
            break
    lab.nodes[victim].process.kill()
    lab.wait_until(lambda: lab.robot.at_rest)
    place = np.array(lab.robot.truth["tcp_m"])
    for _ in range(10):
        lab.act(SIDEWAYS)
    assert lab.robot.at_rest
    assert math.dist(lab.robot.truth["tcp_m"], place) < 0.01
