"""A person who isn't there: watches the simulated robot, and moves a Quest controller to do the task."""

from __future__ import annotations

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from quest_hand import QuestHand
from rclpy.node import Node
from scipy.spatial.transform import Rotation
from sensor_msgs.msg import JointState

from ibrl_ros.config import load_task
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import vector_values
from ibrl_ros.ros.policy_inputs import observed_values
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR
from ibrl_ros.ros.status import status_values
from ibrl_ros.teleop.scripted import make_operator

PERIOD_S = 0.1
POSITION_SCALE_M, ROTATION_SCALE_RAD = 0.05, 0.2
#: A hand is ahead of the robot that it watches, so it goes more slowly than the plan that it follows.
EAGERNESS = 0.4
#: Robot axes from the headset's: x is -z, y is -x, z is y. A person knows this from calibrate_teleop.
TO_ROBOT = np.array([[0, 0, -1], [-1, 0, 0], [0, 1, 0]])
RAISED_DM = 0.9
PULLED_STEPS, PULLS_EVERY = 15, 20


class VirtualPerson:
    """Starts each episode with the trigger, squeezes the grip, does what the operator would do, presses A.

    Attributes:
        hand: the controller; whoever writes the headset's log reads it.
        lets_go_after: steps of an episode after which it opens the grip; None for never.
    """

    def __init__(self, node: Node) -> None:
        self.hand = QuestHand()
        self.lets_go_after: int | None = None
        self._plan = make_operator(load_task("lift"), noise=0.0)
        self._prop: np.ndarray | None = None
        self._state: JointState | None = None
        self._episode: dict[str, str] = {}
        self._steps = self._rests = 0
        node.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        node.create_subscription(JointState, names.SIM_STATE, self._on_state, SENSOR)
        node.create_subscription(DiagnosticStatus, names.EPISODE_STATUS, self._on_episode, LATCHED)
        node.create_timer(PERIOD_S, self._act)

    def _on_prop(self, message: JointState) -> None:
        self._prop = np.array(message.position, np.float32)

    def _on_state(self, message: JointState) -> None:
        self._state = message

    def _on_episode(self, message: DiagnosticStatus) -> None:
        self._episode = status_values(message)

    def _act(self) -> None:
        state = self._episode.get("state")
        if state == "running" and self._prop is not None and self._state is not None:
            self._drive()
        else:
            self._rest()

    def _rest(self) -> None:
        """Grip open, and the hand anywhere: where it is at the squeeze must not matter."""
        self._plan.reset(0)
        self._steps = 0
        self.hand.grip = 0.0
        self._rests += 1
        waiting = self._episode.get("state") == "waiting"
        self.hand.trigger = float(waiting and self._rests % PULLS_EVERY < PULLED_STEPS)
        self.hand.pressed = frozenset()
        self.hand.position_m = self.hand.position_m + np.random.default_rng().normal(0, 0.01, 3)

    def _drive(self) -> None:
        self._steps += 1
        late = self.lets_go_after is not None and self._steps > self.lets_go_after
        self.hand.grip = 0.9 if self._steps > 3 and not late else 0.0
        if self._steps <= 5 or late:
            return
        action = self._plan.command(self._prop, observed_values(self._state)).astype(float)
        moved = EAGERNESS * POSITION_SCALE_M * action[:3]
        turned = Rotation.from_euler("xyz", EAGERNESS * ROTATION_SCALE_RAD * action[3:6]).as_rotvec()
        self.hand.position_m = self.hand.position_m + TO_ROBOT.T @ moved
        self.hand.rotation = Rotation.from_rotvec(TO_ROBOT.T @ turned) * self.hand.rotation
        self.hand.trigger = float(action[6] > 0)
        state = vector_values(self._state)
        up = state["block_height_dm"] > RAISED_DM and state["held"] > 0.5
        self.hand.pressed = frozenset({"A"}) if up else frozenset()
