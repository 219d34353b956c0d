"""reset_node's inputs: proprioception, scene and truth of the simulation, policy, robot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import JointState

from ibrl_ros.control.episode.judge import Truth
from ibrl_ros.control.stamps import stamp_fault
from ibrl_ros.nodes.pace.partners import make_partner
from ibrl_ros.nodes.robot_requests import RobotRequests
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError, to_seconds, vector_values
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import LOST, SUCCESS
from ibrl_ros.ros.qos import COMMAND, SENSOR
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.statuses import (
    PolicyState,
    PolicyStatus,
    RobotStatus,
    SceneStatus,
    Status,
    hear_status,
)

#: Nodes without which no episode can run, by their statuses.
PARTNERS: dict[type[Status], str] = {RobotStatus: "robot_node", PolicyStatus: "policy_node"}


class EpisodeInputs:
    """Newest message of each input.

    Attributes:
        prop: stamp, seconds, and values [8] of the proprioception; None before the first.
        truth: success and loss by the simulation's state; None before the first, and on a robot.
        policy: status of policy_node; None before the first.
    """

    def __init__(self, node: LoopNode, diagnostics: Diagnostics, robot: RobotRequests, *, sim: bool) -> None:
        """Subscribe.

        Args:
            node: node that subscribes and is notified of each message.
            diagnostics: diagnostics of the node; report silent proprioception.
            robot: record of the robot's status, updated here.
            sim: whether the robot is simulated, with scene and truth.
        """
        self.prop: tuple[float, NDArray[np.float64]] | None = None
        self.truth: Truth | None = None
        self.policy: PolicyStatus | None = None
        self._scene: SceneStatus | None = None
        self._began_in: SceneStatus | None = None
        self._node, self._log, self._robot, self._sim = node, node.get_logger(), robot, sim
        self._partners = {kind: make_partner(node, name) for kind, name in PARTNERS.items()}
        self._monitor = diagnostics.watch(names.PROPRIO)
        node.create_subscription(JointState, names.PROPRIO, self._on_prop, COMMAND)
        if sim:
            node.create_subscription(JointState, names.SIM_STATE, self._on_truth, SENSOR)
            hear_status(node, SceneStatus, self._on_scene)
        hear_status(node, PolicyStatus, self._on_policy)
        hear_status(node, RobotStatus, self._on_robot)

    def policy_is(self, state: PolicyState) -> bool:
        """Returns whether policy_node's newest status has this state."""
        return self.policy is not None and self.policy.state is state

    @property
    def handled(self) -> str:
        """Id of the episode that policy_node has handled last; empty before the first."""
        return "" if self.policy is None else self.policy.handled

    def missing(self, index: int) -> str:
        """Returns the missing input for the start of the episode of this index; empty if none is missing."""
        if not self.policy_is(PolicyState.READY) or self.prop is None:
            return "the policy" if self.prop is not None else names.PROPRIO
        return "" if self.scene_is_set(index) else names.SIM_SCENE

    def scene_is_set(self, index: int) -> bool:
        """Returns whether the newest reading is from this episode's scene; always True on a robot."""
        if not self._sim:
            return True
        scene, prop = self._scene, self.prop
        if scene is None or scene.fault or scene.episode != index or prop is None:
            return False
        return prop[0] >= scene.stamp

    def begin(self) -> None:
        """Begin an episode in the present scene."""
        self._began_in = self._scene

    def scene_lost(self) -> str:
        """Returns why the episode's scene is no longer valid; empty while it is, and on a robot."""
        scene = self._scene
        if scene is None or scene == self._began_in:
            return ""
        return scene.says if scene.fault else "the scene was set anew while the episode ran"

    def silence(self) -> str:
        """Returns which node without which no episode can run is silent; empty if none is."""
        return next((why for partner in self._partners.values() if (why := partner.silence())), "")

    def fault(self) -> str:
        """Returns why the running episode can't go on; empty if it can."""
        why = self.scene_lost() or self._robot.holds or self.silence()
        if not why and self.policy_is(PolicyState.WAITING):
            why = "policy_node doesn't act"
        said = "" if self.policy is None else self.policy.says
        return f"{why}; policy_node said: {said}" if why and said else why

    def _on_prop(self, message: JointState) -> None:
        self._monitor.arrived()
        try:
            vector_values(message)
        except MessageError as error:
            self._log.error(f"{names.PROPRIO}: {error}", throttle_duration_sec=2.0)
            return
        stamp_s = to_seconds(message.header.stamp)
        if fault := stamp_fault(stamp_s, self._node.now_s()):
            self._log.error(f"{names.PROPRIO} is {fault}", throttle_duration_sec=2.0)
            return
        with self._node.changed:
            self.prop = (stamp_s, np.array(message.position))
            self._node.changed.notify()

    def _on_truth(self, message: JointState) -> None:
        try:
            values = vector_values(message)
            truth = Truth(to_seconds(message.header.stamp), values[SUCCESS] > 0.5, values[LOST] > 0.5)
        except (MessageError, KeyError) as error:
            self._log.error(f"{names.SIM_STATE}: {error}", throttle_duration_sec=2.0)
            return
        with self._node.changed:
            self.truth = truth
            self._node.changed.notify()

    def _on_scene(self, scene: SceneStatus) -> None:
        with self._node.changed:
            self._scene = scene
            self._node.changed.notify()

    def _on_policy(self, policy: PolicyStatus) -> None:
        self._partners[PolicyStatus].heard()
        with self._node.changed:
            self.policy = policy
            self._node.changed.notify()

    def _on_robot(self, robot: RobotStatus) -> None:
        self._partners[RobotStatus].heard()
        with self._node.changed:
            self._robot.heard(robot)
            self._node.changed.notify()
