"""Grippers with actions, against drivers that are late, refuse, abort and get stuck."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from fake_lab.generated import message_path
from gripper_driver import Driver
from spun_nodes import Nodes

from ibrl_ros.config import load_robot
from ibrl_ros.ros.gripper import Gripper, make_gripper
from ibrl_ros.ros.gripper_actions import action_type
from ibrl_ros.ros.gripper_base import ABSENT_AFTER_S

PREFIX = "gripper"


@pytest.fixture(scope="module", autouse=True)
def lab_messages(ros_domain: int) -> None:
    sys.path += message_path()


class Bench:
    """A gripper and the nodes around it, on a clock of their own."""

    def __init__(self, nodes: Nodes, interface: str, dwell_s: float = 0.5) -> None:
        self._nodes = nodes
        self.interface, self.now_s = interface, 100.0
        config = load_robot("fr3_hand").gripper
        self.config = config.model_copy(update={"interface": interface, "dwell_s": dwell_s})
        self.gripper: Gripper = make_gripper(nodes.make("robot"), self.config, PREFIX)

    def driver(self, does: str = "succeed", **result: Any) -> Driver:
        if self.interface == "franka_actions":
            names = ("Move", "Grasp", "Homing")
            actions = {f"{PREFIX}/{name.lower()}": action_type("franka_msgs", name) for name in names}
        else:
            kind = "GripperCommand" if self.interface == "gripper_action" else "ParallelGripperCommand"
            actions = {PREFIX: action_type("control_msgs", kind)}
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
        for _ in range(10):
            self.now_s += seconds / 10
            self.until(lambda: True)

    def found(self) -> None:
        """Wait until the gripper sees its driver: then it homes, or would."""
        self.until(lambda: all(action.offered for action in self.gripper._actions))  # type: ignore[attr-defined]


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
    bench.until(lambda: bench.gripper.fault == "")
    bench.wait(10.0)
    assert len(driver.goals) == 1
