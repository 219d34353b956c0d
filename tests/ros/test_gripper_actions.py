"""Grippers with actions, against drivers that are late, refuse, abort and get stuck."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import rclpy
from gripper_driver import Driver
from rclpy.action import ActionServer
from rclpy.node import Node
from spun_nodes import Nodes

from ibrl_ros.config import load_robot
from ibrl_ros.ros.executor import LeanExecutor
from ibrl_ros.ros.gripper import make_gripper
from ibrl_ros.ros.gripper_actions import STUCK_AFTER_S, ActionGripper, action_type
from ibrl_ros.ros.gripper_base import ABSENT_AFTER_S

PREFIX = "gripper"


pytestmark = pytest.mark.usefixtures("lab_messages")


class Bench:
    """A gripper and the nodes around it, on a clock of their own."""

    def __init__(self, nodes: Nodes, interface: str, dwell_s: float = 0.5) -> None:
        self._nodes = nodes
        self.interface, self.now_s = interface, 100.0
        self.topic = f"{interface}/{PREFIX}"  # the graph remembers for a while what types a name had
        config = load_robot("fr3_hand").gripper
        self.config = config.model_copy(update={"interface": interface, "dwell_s": dwell_s})
        gripper = make_gripper(nodes.make("robot"), self.config, self.topic)
        assert isinstance(gripper, ActionGripper)
        self.gripper = gripper

    def driver(self, does: str = "succeed", **result: Any) -> Driver:
        if self.interface == "franka_actions":
            names = ("Move", "Grasp", "Homing")
            actions = {f"{self.topic}/{name.lower()}": action_type("franka_msgs", name) for name in names}
        else:
            kind = "GripperCommand" if self.interface == "gripper_action" else "ParallelGripperCommand"
            actions = {self.topic: action_type("control_msgs", kind)}
        driver = self._nodes.make("driver", Driver, actions=actions, does=does)
        assert isinstance(driver, Driver)
        driver.result = result
        return driver

    def until(self, condition: Callable[[], bool], passing_s: float = 0.0) -> None:
        """Tick and spin; each time this much passes on the gripper's clock."""

        def ticked() -> bool:
            self.now_s += passing_s
            self.gripper.tick(self.now_s)
            return condition()

        self._nodes.spin_until(ticked)

    def wait(self, seconds: float) -> None:
        """Let time pass on the gripper's clock, and spin."""
        end_s = self.now_s + seconds
        self.until(lambda: self.now_s >= end_s, passing_s=seconds / 4 + 1e-9)


INTERFACES = ("franka_actions", "gripper_action", "parallel_gripper_action")


@pytest.fixture(params=INTERFACES)
def bench(request: pytest.FixtureRequest, nodes: Nodes) -> Bench:
    return Bench(nodes, request.param)


def good(bench: Bench) -> dict[str, bool]:
    return {"success": True} if bench.interface == "franka_actions" else {"reached_goal": True}


def test_a_driver_that_comes_late_is_told_then(bench: Bench) -> None:
    bench.gripper.command(1.0, 0.0)
    bench.wait(0.1)
    assert bench.gripper.fault == ""  # nodes take a while to find each other
    bench.wait(ABSENT_AFTER_S)
    assert "nobody offers" in bench.gripper.fault
    driver = bench.driver(**good(bench))
    bench.until(lambda: len(driver.goals) == 1, passing_s=0.02)
    bench.until(lambda: bench.gripper.fault == "" and not bench.gripper.busy)
    bench.wait(10.0)
    assert len(driver.goals) == 1


def test_the_executor_of_all_nodes_brings_the_results(nodes: Nodes) -> None:
    node, executor = Node("robot"), LeanExecutor()
    executor.add_node(node)
    config = load_robot("fr3_hand").gripper
    gripper = make_gripper(node, config, PREFIX)
    actions = {f"{PREFIX}/{kind.lower()}": action_type("franka_msgs", kind) for kind in ("Move", "Grasp")}
    nodes.make("driver", Driver, actions=actions, does="refuse")
    gripper.command(1.0, 0.0)

    def heard() -> bool:
        gripper.tick(0.0)
        executor.spin_once(timeout_sec=0.01)
        return "refused" in gripper.fault

    nodes.spin_until(heard)
    executor.shutdown()
    node.destroy_node()


def test_the_goal_says_what_the_driver_needs(bench: Bench) -> None:
    driver = bench.driver(**good(bench))
    bench.gripper.command(1.0, 0.0)
    bench.until(lambda: len(driver.goals) == 1)
    name, goal = driver.goals[0]
    if bench.interface == "franka_actions":
        assert name == f"{bench.topic}/grasp"
        assert (goal.width, goal.force) == (bench.config.command_closed, bench.config.max_effort)
        assert goal.width + goal.epsilon.outer >= bench.config.command_open  # whatever is found, is grasped
    elif bench.interface == "gripper_action":
        assert goal.command.position == bench.config.command_closed
        assert goal.command.max_effort == bench.config.max_effort
    else:
        assert list(goal.command.position) == [bench.config.command_closed]
        assert list(goal.command.effort) == [bench.config.max_effort]
    bench.gripper.command(0.0, 0.0)
    bench.until(lambda: len(driver.goals) == 2, passing_s=0.02)
    assert bench.gripper.fault == ""


@pytest.mark.parametrize("does", ["refuse", "abort"])
def test_what_has_failed_is_a_fault_and_sent_again(bench: Bench, does: str) -> None:
    driver = bench.driver(does, **({"error": "hand is off"} if bench.interface == "franka_actions" else {}))
    bench.gripper.command(0.0, 0.0)
    bench.until(lambda: bench.gripper.fault != "")
    assert ("refused" if does == "refuse" else "aborted") in bench.gripper.fault
    bench.wait(0.5)
    assert len(driver.goals) == 1  # not at each tick
    driver.does, driver.result = "succeed", good(bench)
    bench.until(lambda: len(driver.goals) == 2, passing_s=0.02)
    bench.until(lambda: bench.gripper.fault == "")


def test_a_new_command_does_not_wait_for_the_failed_one(bench: Bench) -> None:
    driver = bench.driver("refuse")
    bench.gripper.command(0.0, 0.0)
    bench.until(lambda: bench.gripper.fault != "")
    driver.does, driver.result = "succeed", good(bench)
    bench.gripper.command(1.0, 0.0)
    bench.wait(bench.config.dwell_s + 0.1)
    bench.until(lambda: len(driver.goals) == 2)
    bench.until(lambda: bench.gripper.fault == "")


def test_a_driver_that_is_stuck_is_a_fault_and_asked_again(bench: Bench) -> None:
    driver = bench.driver("stick")
    bench.gripper.command(1.0, 0.0)
    bench.until(lambda: len(driver.goals) == 1)
    bench.wait(STUCK_AFTER_S - 0.5)
    assert bench.gripper.fault == ""
    bench.wait(1.0)
    assert "no result" in bench.gripper.fault
    driver.does, driver.result = "succeed", good(bench)
    bench.until(lambda: len(driver.goals) == 2, passing_s=0.02)  # the first ends too now, as aborted
    bench.until(lambda: bench.gripper.fault == "" and not bench.gripper.busy)
    bench.wait(10.0)
    assert len(driver.goals) == 2 and bench.gripper.fault == ""


def test_toggling_sends_no_more_than_the_dwell_allows_and_the_newest_wins(bench: Bench) -> None:
    driver = bench.driver("stick")  # each goal aborts the one before it, as franka_gripper's do
    began_s = bench.now_s
    bench.gripper.command(0.0, 0.0)
    bench.until(lambda: len(driver.goals) == 1)
    for step in range(21):  # as a policy in doubt at 10 Hz, ending with close
        bench.gripper.command(float(step % 2 == 0), 0.0)
        bench.wait(0.1)
    lasted_s = bench.now_s - began_s
    assert 2 <= len(driver.goals) <= 1 + lasted_s / bench.config.dwell_s
    assert bench.gripper.fault == ""  # a goal that a newer one has aborted isn't a failure
    driver.does, driver.result = "succeed", good(bench)
    bench.until(lambda: not opens(bench, driver.goals[-1][1]), passing_s=0.02)
    bench.until(lambda: not bench.gripper.busy)
    bench.wait(5.0)
    assert not opens(bench, driver.goals[-1][1])
    assert bench.gripper.fault == ""


def opens(bench: Bench, goal: Any) -> bool:
    if bench.interface == "franka_actions":
        return bool(goal.width == bench.config.command_open)
    position = goal.command.position
    return bool(
        (position if bench.interface == "gripper_action" else position[0]) == bench.config.command_open
    )


def test_after_forgetting_the_same_command_is_sent_again(bench: Bench) -> None:
    driver = bench.driver(**good(bench))
    bench.gripper.command(0.0, 0.0)
    bench.until(lambda: len(driver.goals) == 1 and not bench.gripper.busy)
    bench.wait(5.0)
    bench.gripper.command(0.0, 0.0)
    bench.wait(5.0)
    assert len(driver.goals) == 1
    bench.gripper.forget()
    bench.wait(5.0)
    assert len(driver.goals) == 1  # nobody wants anything now
    bench.gripper.command(0.0, 0.0)
    bench.until(lambda: len(driver.goals) == 2)


def test_what_is_forgotten_is_not_tried_again(bench: Bench) -> None:
    driver = bench.driver("refuse")
    bench.gripper.command(1.0, 0.0)
    bench.until(lambda: bench.gripper.fault != "")
    bench.gripper.forget()
    assert bench.gripper.fault == ""
    driver.does = "succeed"
    bench.wait(10.0)
    assert len(driver.goals) == 1


def test_fingers_that_stop_at_an_object_have_grasped_it(bench: Bench) -> None:
    """The Franka hand's grasp that found nothing is aborted without an error, by its driver."""
    met = {"success": False} if bench.interface == "franka_actions" else {"stalled": True}
    driver = bench.driver("abort", **met)
    bench.gripper.command(1.0, 0.0)
    bench.until(lambda: len(driver.goals) == 1 and not bench.gripper.busy)
    bench.wait(STUCK_AFTER_S + 1.0)
    assert bench.gripper.fault == "" and len(driver.goals) == 1
    bench.gripper.command(0.0, 0.0)  # but while opening it is a fault
    bench.until(lambda: bench.gripper.fault != "", passing_s=0.02)


@pytest.mark.parametrize("bench", ["gripper_action"], indirect=True)
def test_an_action_of_another_type_is_named(bench: Bench) -> None:
    context = rclpy.Context()  # as in another process
    context.init()
    node = Node("driver", context=context)
    kind = action_type("control_msgs", "ParallelGripperCommand")
    server = ActionServer(node, kind, bench.topic, lambda handle: kind.Result())
    bench.until(lambda: "is a control_msgs/action/ParallelGripperCommand" in bench.gripper.fault, 0.1)
    server.destroy()
    node.destroy_node()
    context.shutdown()


@pytest.mark.parametrize("bench", ["franka_actions"], indirect=True)
class TestHoming:
    def test_the_fingers_are_homed_undisturbed_and_told_anew(self, bench: Bench) -> None:
        assert not bench.gripper.home()[0]  # nobody is there
        driver = bench.driver(success=True)
        bench.gripper.command(0.0, 0.0)
        bench.until(lambda: len(driver.goals) == 1)
        driver.does = "stick"
        bench.until(lambda: bench.gripper.home()[0])
        bench.until(lambda: len(driver.goals) == 2)
        assert driver.goals[1][0] == f"{bench.topic}/homing"
        assert not bench.gripper.home()[0]
        bench.gripper.command(0.0, 0.0)
        bench.wait(5.0)
        assert len(driver.goals) == 2  # a command now would abort the homing
        bench.until(lambda: "homing" in bench.gripper.fault, passing_s=0.5)
        driver.does = "succeed"
        bench.gripper.command(0.0, 0.0)
        bench.until(lambda: len(driver.goals) == 3, passing_s=0.02)

    def test_fingers_that_cannot_be_homed_are_a_fault(self, bench: Bench) -> None:
        bench.driver("abort", error="hand is off")
        bench.until(lambda: bench.gripper.home()[0])
        bench.until(lambda: "hand is off" in bench.gripper.fault)
        assert bench.gripper.home()[0]


@pytest.mark.parametrize("bench", ["gripper_action"], indirect=True)
def test_another_hand_has_no_homing(bench: Bench) -> None:
    assert not bench.gripper.home()[0]
