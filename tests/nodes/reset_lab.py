"""What is around reset_node on a robot: its services, a policy, and a camera that tells success."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from sensor_msgs.msg import Image, JointState
from spun_nodes import Nodes
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import load_task
from ibrl_ros.nodes.reset_node import ResetNode
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_message, vector_message
from ibrl_ros.ros.policy_inputs import LOST, SUCCESS
from ibrl_ros.ros.qos import COMMAND, LATCHED, QUEUE, SENSOR
from ibrl_ros.ros.status import STALE, status_values
from ibrl_ros.ros.statuses import PolicyState, PolicyStatus, RobotStatus, status_teller

TASK = load_task("drawer")
SIDE = names.image_topic("side")
AXES = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
PROP = dict(zip(AXES, (*TASK.home.position_m, *TASK.home.quaternion_xyzw, 0.0), strict=True))
PERIOD_S = 0.05
REFLEX = "the robot is in mode 'reflex': it has stopped by itself, at a contact or a limit"
WOOD, RED = (186, 148, 110), (200, 20, 30)


class OnARobot(ResetNode):
    """The node, with parameters of a robot, and the rule as the detector."""

    def __init__(self, stage: str, *, sim: bool) -> None:
        self._settings = {"sim": sim, "stage": stage}
        super().__init__()
        self.thread = threading.Thread(target=self.loop)

    def setting(self, name: str, default: Any = None) -> Any:
        return self._settings[name] if name in self._settings else super().setting(name, default)


class Lab:
    """A robot at rest at home, a policy that is always ready, and a camera."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes, node = nodes, nodes.make("lab")
        self.colour: tuple[int, int, int] | None = None  # of all that the camera sees; None: it is off
        self.armed: list[bool] = []
        self.episode: dict[str, str] = {}
        self.stale: set[str] = set()
        self.time_s = 0.0
        self._prop = node.create_publisher(JointState, names.PROPRIO, COMMAND)
        self._truth = node.create_publisher(JointState, names.SIM_STATE, SENSOR)
        self._image = node.create_publisher(Image, SIDE, SENSOR)
        self._tell_policy = status_teller(node, PolicyStatus, repeats=True)
        self._tell_policy(PolicyStatus(state=PolicyState.READY, handled="", next_episode=0))
        self.tell_robot = status_teller(node, RobotStatus, repeats=True)
        self.robot_status = node.create_publisher(DiagnosticStatus, names.ROBOT_STATUS, LATCHED)
        self.node = node
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
        client = self.node.create_client(kind, f"episode/{word}")
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
        self.tell_policy(PolicyState.READY)

    def tell_policy(self, state: PolicyState) -> None:
        handled = self.episode.get("ended_id", "")
        self._tell_policy(PolicyStatus(state=state, handled=handled, next_episode=1))

    def until_it_is(self, robot: RobotStatus, state: str) -> None:
        """Say this of the robot until the run is there: robot_node repeats itself, too."""

        def there() -> bool:
            self.tell_robot(robot)
            return self.episode["state"] == state

        self._nodes.spin_until(there)

    def tell_unreadable(self, **values: str) -> None:
        """A robot/status that no robot_node of today would send."""
        pairs = [KeyValue(key=key, value=value) for key, value in values.items()]
        self.robot_status.publish(DiagnosticStatus(message="unreadable", values=pairs))

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
        self.time_s += PERIOD_S
        self._prop.publish(vector_message(PROP, self.time_s))
        self._truth.publish(vector_message({SUCCESS: 0.0, LOST: 0.0}, self.time_s))
        if self.colour is not None:
            picture = np.full((TASK.image_size, TASK.image_size, 3), self.colour, np.uint8)
            self._image.publish(image_message(picture, self.time_s, "side"))

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
