"""The SROS2 policy is what the nodes of real launches use, no more and no less; and who may do what in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launches import Launch, Start, wait_until
from rclpy.node import Node
from spun_nodes import Nodes
from sros2_policy import Right, Rights, allowed, by_right, used

from ibrl_ros.config.loader import config_root
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names

POLICY = config_root() / "sros2" / "policy.xml"
#: The rest of the policy's nodes: libfranka_node needs a real-time kernel or a simulated robot, and a person
#: isn't a node.
NOT_STARTED = {"libfranka_node", "person"}
STILL_S = 4.0


def who(rights: Rights, what: str, name: str) -> set[str]:
    """The nodes that may do something."""
    return {node for node, held in rights.items() if Right(what, f"/{name}") in held}


def test_only_robot_node_commands_the_robot_and_only_people_permit_and_stop() -> None:
    rights = allowed(POLICY)
    for name in (names.TARGET_POSE, names.GRIPPER_COMMAND, names.PROPRIO, names.EXECUTED):
        assert who(rights, "publish", name) == {"robot_node"}
    assert who(rights, "publish", names.ACTION) == {"policy_node"}
    assert who(rights, "publish", names.ESTOP) == {"teleop_node", "person"}
    for name in (names.STOP, names.CLEAR_ESTOP, names.EPISODE_START, names.EPISODE_SUCCESS):
        assert who(rights, "request", name) == {"person"}
    # reset_node passes on a permission, once for each command of a person.
    assert who(rights, "request", names.ALLOW) == {"reset_node", "person"}
    assert who(rights, "publish", names.POLICY_WEIGHTS) == {"learner_node"}


@pytest.fixture
def running(
    start: Start, configs: Path, run_with_demos: Callable[[], Run], tmp_path: Path, nodes: Nodes
) -> Iterator[Callable[..., Rights]]:
    """Takes launches with their numbers of nodes; returns what each node uses once nothing is added."""
    asking = nodes.make("asking")
    launches: list[Launch] = []

    def use(*started: tuple[Launch, int]) -> Rights:
        launches.extend(launch for launch, _ in started)
        for launch, count in started:  # a node says so when it is made
            launch.wait_for(rf"(?s)(LeanExecutor on ROS.*){{{count}}}")
        return settled(asking, sum(count for _, count in started))

    yield use
    for launch in launches:
        launch.end()


def settled(asking: Node, count: int) -> Rights:
    """What so many nodes beside this one have used, once all are there and nothing was added for STILL_S."""
    found: Rights = {}
    still_since = time.monotonic()

    def look() -> bool:
        nonlocal found, still_since
        others = [node for node in asking.get_node_names() if node != asking.get_name()]
        now = {**found, **{node: found.get(node, set()) | used(asking, node) for node in others}}
        if now != found:
            found, still_since = now, time.monotonic()
        return len(others) == count and time.monotonic() - still_since > STILL_S

    wait_until(look, lambda: f"it changes for ever: {found}")
    return found


def test_the_policy_names_exactly_what_the_nodes_use(
    running: Callable[..., Rights],
    start: Start,
    configs: Path,
    run_with_demos: Callable[[], Run],
    tmp_path: Path,
) -> None:
    run, agent = run_with_demos(), configs / "state.yaml"
    trains = start("train_online", run.folder, agent=agent, teleop="scripted", max_steps=10**6)
    found = dict(running((trains, 6)))
    trains.interrupt()
    trains.finish()

    arm = {"sim": "false", "robot": "fr3_libfranka", "task": "lift_fr3", "teleop": "none", "part": "robot"}
    robot = start("collect_demos", tmp_path / "run", clock="real_time", cameras="wrist=video", **arm)
    video = Launch(
        tmp_path / "video", *["run", "ibrl_ros", "video_node", "--ros-args", "-p", "video_episodes:=1"]
    )
    pixels = ["-p", f"agent:={configs / 'pixels.yaml'}", "-p", f"run_dir:={tmp_path / 'pixels'}"]
    policy = Launch(
        tmp_path / "policy",
        *["run", "ibrl_ros", "policy_node", "--ros-args", "-p", "stage:=collect"],
        *pixels,
    )
    learner = Launch(
        tmp_path / "learner", *["run", "ibrl_ros", "learner_node", "--ros-args", "-p", "part:=learner"],
        "-p", f"agent:={agent}", "-p", f"run_dir:={run_with_demos().folder}",
    )  # fmt: skip
    for node, rights in running((robot, 3), (video, 1), (policy, 1), (learner, 1)).items():
        found[node] = found.get(node, set()) | rights

    expected = {node: held for node, held in allowed(POLICY).items() if node not in NOT_STARTED}
    assert found.keys() == expected.keys()
    for node, held in expected.items():
        assert by_right(found[node] - held) == {}, f"{node} uses what the policy doesn't allow"
        assert by_right(held - found[node]) == {}, f"the policy allows {node} what it doesn't use"
