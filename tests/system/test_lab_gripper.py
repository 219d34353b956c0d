"""robot_node and a gripper's driver in a lab: what was told is done, or is a fault that says so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest
from fake_lab.lab import FakeLab

from ibrl_ros.ros import names

OPEN_M, CLOSED_M = 0.08, 0.0


@pytest.fixture(scope="module")
def one_lab(lab_messages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeLab]:
    with closing(FakeLab(tmp_path_factory.mktemp("lab"))) as lab:
        lab.run("robot_node")
        yield lab


@pytest.fixture
def lab(one_lab: FakeLab) -> FakeLab:
    """The lab with a gripper that is open, and an arm that a policy moves."""
    one_lab.bring_back()
    one_lab.ask(names.ARM, False)
    one_lab.hand("squeeze", width_m=OPEN_M)
    one_lab.start_moving()
    return one_lab


def wait_for_width(lab: FakeLab, width_m: float) -> None:
    lab.wait(lambda: abs(lab.hand("width_m") - width_m) < 0.002, f"fingers {width_m} m apart")


def test_it_opens_at_each_arming_and_closes_when_told(lab: FakeLab) -> None:
    lab.gripper = 1.0
    wait_for_width(lab, CLOSED_M)
    lab.ask(names.ARM, False)
    lab.hand("squeeze", width_m=0.04)
    lab.gripper = -1.0
    since = lab.now()
    lab.start_moving()
    wait_for_width(lab, OPEN_M)
    assert [goal["kind"] for goal in lab.hand("goals", since=since)] == ["move"]


def test_what_it_holds_is_no_fault(lab: FakeLab) -> None:
    lab.hand("hold_object", width_m=0.03)
    lab.gripper = 1.0
    wait_for_width(lab, 0.03)
    lab.stays_armed(3.0)


@pytest.mark.parametrize("fault", ["aborts", "rejects"])
def test_a_command_that_failed_is_a_fault_and_is_sent_again(lab: FakeLab, fault: str) -> None:
    lab.hand("faults", **{fault: 1})
    lab.gripper = 1.0
    lab.wait_for_robot("franka_gripper/grasp")
    lab.start_moving()
    wait_for_width(lab, CLOSED_M)


def test_a_toggling_policy_doesn_t_abort_its_own_commands(lab: FakeLab) -> None:
    since = lab.now()
    for step in range(20):
        lab.gripper = 1.0 if step % 2 else -1.0
        lab.stays_armed(0.1)
    times = [goal["time"] for goal in lab.hand("goals", since=since)]
    gaps_s = [after - before for before, after in pairwise(times)]
    assert len(times) <= 6 and min(gaps_s, default=1.0) > 0.3, lab.hand("goals", since=since)


def test_a_late_gripper_is_waited_for(lab: FakeLab) -> None:
    lab.hand("faults", late_s=2.0)
    lab.gripper = 1.0
    wait_for_width(lab, CLOSED_M)
    lab.stays_armed(0.5)


def test_a_gripper_that_is_stuck_is_a_fault_that_names_it(lab: FakeLab) -> None:
    lab.hand("faults", stuck=True)
    lab.gripper = 1.0
    lab.wait_for_robot("franka_gripper/grasp")
    lab.stays(1.0)


def test_a_gripper_that_always_fails_is_a_fault_that_names_it(lab: FakeLab) -> None:
    lab.hand("faults", aborts=1000)
    lab.gripper = 1.0
    lab.wait_for_robot("franka_gripper/grasp")
    lab.stays(1.0)
