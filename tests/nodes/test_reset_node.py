"""reset_node on a robot whose success is told by a camera, and whose arm stands still."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from sensor_msgs.msg import Image, JointState
from spun_nodes import Nodes
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import TaskConfig, load_task
from ibrl_ros.config.task import StallConfig
from ibrl_ros.nodes.reset_node import ResetNode
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_message, vector_message
from ibrl_ros.ros.qos import COMMAND, LATCHED, QUEUE, SENSOR
from ibrl_ros.ros.status import STALE, status_message, status_values

TASK = load_task("drawer")
SIDE = names.image_topic("side")
AXES = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
PROP = dict(zip(AXES, (*TASK.home.position_m, *TASK.home.quaternion_xyzw, 0.0), strict=True))
PERIOD_S = 0.05
WOOD, RED = (186, 148, 110), (200, 20, 30)


class OnARobot(ResetNode):
    """The node, with parameters of a robot, and the rule as the detector."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        super().__init__()
        self.thread = threading.Thread(target=self.loop)

    def setting(self, name: str, default: Any) -> Any:
        return {"sim": False, "stage": self._stage}.get(name, default)


class Lab:
    """A robot at rest at home, a policy that is always ready, and a camera."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes, node = nodes, nodes.make("lab")
        self.colour: tuple[int, int, int] | None = None  # of all that the camera sees; None: it is off
        self.armed: list[bool] = []
        self.episode: dict[str, str] = {}
        self.stale: set[str] = set()
        self._time_s = 0.0
        self._prop = node.create_publisher(JointState, names.PROPRIO, COMMAND)
        self._image = node.create_publisher(Image, SIDE, SENSOR)
        self._policy = node.create_publisher(DiagnosticStatus, names.POLICY_STATUS, LATCHED)
        self._policy.publish(status_message("policy", {"state": "ready", "next_episode": 0}))
        self._robot = node.create_publisher(DiagnosticStatus, names.ROBOT_STATUS, LATCHED)
        self._node = node
        self._abort = node.create_client(Trigger, names.EPISODE_ABORT)
        node.create_service(Trigger, names.HOME, self._home)
        node.create_service(SetBool, names.ARM, self._arm)
        for name in (names.ALLOW, names.REST):
            node.create_service(Trigger, name, self._heard(name))
        self.asked: list[str] = []
        self.allows = self.is_home = True
        self.when_asked: Callable[[], object] | None = None
        node.create_subscription(DiagnosticStatus, names.EPISODE_STATUS, self._on_episode, LATCHED)
        node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, self._on_diagnostics, QUEUE)
        node.create_timer(PERIOD_S, self._publish)

    def until(self, state: str) -> None:
        self._nodes.spin_until(lambda: self.episode.get("state") == state)

    def until_named(self, text: str) -> None:
        self._nodes.spin_until(lambda: any(text in message for message in self.stale))

    def press_start(self) -> None:
        """Once for the way home, once for the episode."""
        self.until("homing")
        self.press()
        self.until("waiting")
        self.press()

    def press(self) -> None:
        self.call("start")

    def call(self, word: str, request: object = None) -> None:
        """What a person says, through the service of this name."""
        kind = SetBool if word == "pause" else Trigger
        client = self._node.create_client(kind, f"episode/{word}")
        self._nodes.spin_until(client.service_is_ready)
        default = SetBool.Request(data=True) if word == "pause" else Trigger.Request()
        future = client.call_async(request or default)
        self._nodes.spin_until(future.done)
        assert future.result().success, future.result().message

    def send_abort(self) -> None:
        """Say it without waiting for the answer."""
        self._abort.call_async(Trigger.Request())

    def handle(self) -> None:
        """The policy has taken in how the episode ended."""
        handled = {"state": "ready", "next_episode": 1, "handled": self.episode["ended_id"]}
        self._policy.publish(status_message("policy", handled))

    def tell_robot(self, *, armed: bool, word: bool, why: str) -> None:
        self._robot.publish(status_message("robot", {"armed": armed, "word": word}, why))

    def spin(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self._nodes.spin_until(lambda: time.monotonic() > until)

    def spin_until(self, condition: Callable[[], bool]) -> None:
        self._nodes.spin_until(condition)

    def _heard(self, name: str) -> Callable[[Trigger.Request, Trigger.Response], Trigger.Response]:
        def answer(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
            self.asked.append(name)
            if self.when_asked is not None:
                self.when_asked()
                time.sleep(0.3)  # the word is under way for so long
            response.success, response.message = self.allows, "the emergency stop is pressed"
            return response

        return answer

    def _publish(self) -> None:
        self._time_s += PERIOD_S
        self._prop.publish(vector_message(PROP, self._time_s))
        if self.colour is not None:
            picture = np.full((TASK.image_size, TASK.image_size, 3), self.colour, np.uint8)
            self._image.publish(image_message(picture, self._time_s, "side"))

    def _home(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self.asked.append(names.HOME)
        response.success = self.is_home
        return response

    def _arm(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        self.armed.append(request.data)
        response.success = True
        return response

    def _on_episode(self, message: DiagnosticStatus) -> None:
        self.episode = status_values(message)

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        self.stale = {status.message for status in message.status if status.level == STALE}


@pytest.fixture
def task() -> TaskConfig:
    return TASK.model_copy(update={"success": TASK.success.model_copy(update={"detector": "rule"})})


@pytest.fixture
def stage() -> str:
    return "collect"


@pytest.fixture
def lab(nodes: Nodes, monkeypatch: pytest.MonkeyPatch, task: TaskConfig, stage: str) -> Iterator[Lab]:
    monkeypatch.setattr("ibrl_ros.nodes.reset_node.load_task", lambda name: task)
    reset = nodes.make("reset", lambda _: OnARobot(stage))
    assert isinstance(reset, OnARobot)
    reset.thread.start()
    yield Lab(nodes)
    reset.stop.set()
    reset.thread.join()


def test_an_episode_waits_for_the_camera_that_tells_success(lab: Lab) -> None:
    lab.press_start()
    lab.until("ready")
    lab.until_named(f"{SIDE}: nothing")
    assert lab.armed == []
    lab.colour = WOOD
    lab.until("running")
    assert lab.armed == [True]


def test_a_launch_asks_the_robot_for_nothing_until_a_person_speaks(lab: Lab) -> None:
    lab.until("homing")
    lab.spin(0.5)
    assert lab.asked == [] and lab.armed == []
    assert lab.episode["waits_for"] == "a person's word"
    lab.press()
    lab.until("waiting")
    assert lab.asked[:2] == [names.ALLOW, names.HOME]


def test_a_word_that_the_robot_refuses_moves_nothing_and_is_not_repeated_later(lab: Lab) -> None:
    lab.until("homing")
    lab.allows = False
    lab.press()
    lab.spin(0.5)
    lab.allows = True
    lab.spin(0.5)
    assert lab.asked == [names.ALLOW]
    assert lab.episode["state"] == "homing"


@pytest.mark.parametrize("stop", ["abort", "pause"])
def test_an_abort_or_a_pause_stops_the_way_home_until_a_person_speaks(lab: Lab, stop: str) -> None:
    lab.until("homing")
    lab.is_home = False
    lab.press()
    lab.spin_until(lambda: lab.asked.count(names.HOME) > 1)
    lab.call(stop)
    lab.spin_until(lambda: lab.armed == [False])
    asked = lab.asked.count(names.HOME)
    lab.spin(0.6)
    assert lab.asked.count(names.HOME) <= asked + 1, "one request may have been under way"
    if stop == "pause":
        lab.call("pause", SetBool.Request(data=False))
        lab.spin(0.4)
        assert lab.asked.count(names.HOME) <= asked + 1
    lab.is_home = True
    lab.press()
    lab.until("waiting")


def test_an_abort_before_the_robot_has_answered_takes_the_word_back(lab: Lab) -> None:
    lab.until("homing")
    lab.is_home = False
    lab.when_asked = lab.send_abort
    lab.press()
    lab.spin_until(lambda: lab.armed == [False])
    asked = lab.asked.count(names.HOME)
    lab.spin(0.6)
    assert lab.asked.count(names.HOME) <= asked + 1, "one request may have been under way"
    assert lab.episode["waits_for"] == "a person's word"


def test_after_a_normal_end_the_way_home_is_announced_and_after_an_abort_a_person_is_asked(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    homes = lab.asked.count(names.HOME)
    lab.colour = RED
    lab.until("ended")
    lab.handle()
    lab.spin_until(lambda: "the arm drives home 2 s after the episode's end" in lab.episode["notice"])
    assert lab.asked.count(names.HOME) == homes
    lab.colour = WOOD
    lab.until("waiting")
    assert lab.asked.count(names.HOME) > homes and lab.asked.count(names.REST) == 1
    lab.press()
    lab.until("running")
    lab.call("abort")
    lab.until("ended")
    lab.handle()
    lab.spin_until(lambda: lab.episode["waits_for"] == "a person's word")
    assert lab.armed[-1] is False, "the word is taken back"


def test_a_robot_that_holds_ends_the_episode_as_a_fault(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    lab.tell_robot(armed=False, word=False, why="the robot is in mode 'reflex', not 'move'")
    lab.until("ended")
    assert lab.episode["outcome"] == "fault"
    assert lab.episode["why"] == "the robot holds: the robot is in mode 'reflex', not 'move'"


def test_it_ends_with_success_when_the_camera_sees_it(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    lab.colour = RED
    lab.until("ended")
    assert (lab.episode["outcome"], lab.episode["rule_success"]) == ("success", "true")


def test_it_ends_as_a_fault_when_the_camera_falls_silent(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    lab.colour = None
    lab.until("ended")
    assert lab.episode["outcome"] == "fault"
    assert f"{SIDE}: nothing for" in lab.episode["why"]


class TestAnArmThatStandsStill:
    """A policy that does so has stalled; a person may."""

    @pytest.fixture
    def task(self, task: TaskConfig) -> TaskConfig:
        return task.model_copy(update={"stall": StallConfig(after_s=0.5), "episode_steps": 20})

    @pytest.mark.parametrize(("stage", "outcome"), [("collect", "timeout"), ("train", "failure")])
    def test_ends_the_episode(self, lab: Lab, outcome: str) -> None:
        lab.colour = WOOD
        lab.press_start()
        lab.until("ended")
        assert lab.episode["outcome"] == outcome
