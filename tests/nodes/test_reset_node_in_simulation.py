"""reset_node in simulation waits for the truth that it is to judge by."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sensor_msgs.msg import JointState
from spun_nodes import Nodes
from std_srvs.srv import SetBool, Trigger

from ibrl_ros.config import load_task
from ibrl_ros.nodes.reset_node import ResetNode
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import vector_message
from ibrl_ros.ros.qos import COMMAND, SENSOR
from ibrl_ros.ros.statuses import (
    EpisodeStatus,
    PolicyState,
    PolicyStatus,
    RobotStatus,
    SceneStatus,
    hear_status,
    status_teller,
)

HOME = load_task("lift").home
AXES = ("x", "y", "z", "qx", "qy", "qz", "qw", "gripper")
PROP = dict(zip(AXES, (*HOME.position_m, *HOME.quaternion_xyzw, 0.0), strict=True))


class InSimulation(ResetNode):
    """The node as a launch in simulation has it, on its own thread."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.thread = threading.Thread(target=self.loop)

    def setting(self, name: str, default: Any = None) -> Any:
        given: dict[str, Any] = {"sim": True, "task": "lift"}
        return given[name] if name in given else super().setting(name, default)


def test_an_episode_begins_once_the_truth_is_heard(nodes: Nodes, capfd: pytest.CaptureFixture[str]) -> None:
    world, said, states = nodes.make("world"), [""], [""]
    prop = world.create_publisher(JointState, names.PROPRIO, COMMAND)
    truth = world.create_publisher(JointState, names.SIM_STATE, SENSOR)
    published: list[dict[str, float]] = []

    def agree(request: Any, response: Any) -> Any:
        response.success = True
        return response

    def publish() -> None:
        prop.publish(vector_message(PROP, 1.0))
        for values in published:
            truth.publish(vector_message(values, 1.0))

    def waits_for(text: str) -> bool:
        said[0] += capfd.readouterr().err
        return text in said[0]

    for name, kind in (
        (names.HOME, Trigger),
        (names.ARM, SetBool),
        (names.ALLOW, Trigger),
        (names.REST, Trigger),
    ):
        world.create_service(kind, name, agree)
    status_teller(world, PolicyStatus, repeats=True)(
        PolicyStatus(state=PolicyState.READY, handled="", next_episode=0)
    )
    status_teller(world, SceneStatus)(SceneStatus(episode=0, stamp=1.0))
    status_teller(world, RobotStatus, repeats=True)(RobotStatus(armed=True, word=True))
    hear_status(world, EpisodeStatus, lambda status: states.append(status.state.value))
    world.create_timer(0.05, publish)
    node = nodes.make("reset", InSimulation)
    node.thread.start()
    try:
        nodes.spin_until(lambda: waits_for(f"the episode waits for {names.SIM_STATE}"))
        published.append({"success": 0.0})  # no word of `lost`
        nodes.spin_until(lambda: waits_for(f"{names.SIM_STATE}: 'lost'"))
        assert "running" not in states
        published.append({"success": 0.0, "lost": 0.0})
        nodes.spin_until(lambda: "running" in states)
    finally:
        node.stop.set()
        node.notify()
        node.thread.join()
