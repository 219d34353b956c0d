"""The hand through libfranka's own protocol."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest
from franka_robot import FrankaRobot, eventually

from ibrl_ros.config.libfranka import LibfrankaConfig
from ibrl_ros.franka.errors import ArmError
from ibrl_ros.franka.gripper import Hand


def test_it_closes_opens_and_tells_its_width(franka_robot: FrankaRobot) -> None:
    hand = Hand(franka_robot.config)
    assert hand.state.width_m == pytest.approx(0.08, abs=0.002)
    for closed in (1.0, 0.5, 1.0):
        hand.command(closed)
    eventually(lambda: hand.state.width_m < 0.005, lambda: hand.state)
    hand.command(0.1)
    eventually(lambda: hand.state.width_m > 0.075, lambda: hand.state)
    assert not hand.state.fault
    hand.close()


def test_the_newest_wish_counts(franka_robot: FrankaRobot) -> None:
    hand = Hand(franka_robot.config)
    for closed in (1.0, 0.0, 1.0, 0.0, 1.0):
        hand.command(closed)
    eventually(lambda: hand.state.width_m < 0.005, lambda: hand.state)
    hand.close()


def test_a_command_that_failed_is_sent_again(franka_robot: FrankaRobot) -> None:
    hand = Hand(franka_robot.config)
    franka_robot.tell("hand refuses")
    hand.command(1.0)
    eventually(lambda: "Command failed" in hand.state.fault, lambda: hand.state)
    franka_robot.tell("hand obeys")
    eventually(lambda: hand.command(1.0) or hand.state.width_m < 0.005, lambda: hand.state)
    eventually(lambda: not hand.state.fault)
    hand.close()


def test_after_homing_a_command_is_sent_whatever_was_sent_before(franka_robot: FrankaRobot) -> None:
    hand = Hand(franka_robot.config)
    for number, act in enumerate((lambda: hand.command(0.0), hand.home, lambda: hand.command(0.0)), 1):
        act()
        eventually(lambda number=number: hand.state.done == number, lambda: hand.state)
    hand.command(0.0)
    hand.command(1.0)
    eventually(lambda: hand.state.width_m < 0.005, lambda: hand.state)
    eventually(lambda: hand.state.done == 4, lambda: hand.state)
    hand.close()


def test_a_hand_that_is_gone_is_told(franka_robot: FrankaRobot) -> None:
    hand = Hand(franka_robot.config)
    franka_robot.kill()

    def told() -> bool:
        with pytest.raises(ArmError, match=franka_robot.address):
            while True:
                _ = hand.state
        return True

    eventually(told)
    hand.close()


def test_nobody_at_the_address_is_told() -> None:
    with pytest.raises(ArmError, match=r"127\.9\.9\.9"):
        Hand(LibfrankaConfig(address="127.9.9.9", realtime="ignore"))


def test_a_width_that_isn_t_read_any_more_isn_t_known(franka_robot: FrankaRobot) -> None:
    hand = Hand(franka_robot.config)
    (process,) = [child for child in multiprocessing.active_children() if child.name == "hand"]
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    eventually(lambda: not hand.known)
    hand.command(1.0)
    assert hand.known, "fingers that move can't be read"
    os.kill(process.pid, signal.SIGCONT)
    eventually(lambda: hand.known and hand.state.width_m < 0.005, lambda: hand.state)
    hand.close()


def test_fingers_that_were_pushed_together_are_opened_anew(franka_robot: FrankaRobot) -> None:
    hand = Hand(franka_robot.config)
    for number, closed in enumerate((1.0, 0.0), 1):
        hand.command(closed)
        eventually(lambda number=number: hand.state.done == number, lambda: hand.state)
    eventually(lambda: hand.state.width_m > 0.075, lambda: hand.state)
    franka_robot.tell("push fingers")
    eventually(lambda: hand.state.width_m < 0.03, lambda: hand.state)
    eventually(lambda: hand.command(0.0) or hand.state.width_m > 0.075, lambda: hand.state)
    hand.close()
