"""reset_node on a robot whose success is told by a camera, and whose arm stands still."""

from __future__ import annotations

import pytest
from reset_lab import RED, SIDE, WOOD, Lab
from std_srvs.srv import SetBool

from ibrl_ros.config import TaskConfig
from ibrl_ros.config.task import StallConfig
from ibrl_ros.ros import names
from ibrl_ros.ros.statuses import PolicyState


def test_an_episode_waits_for_the_camera_that_tells_success(lab: Lab) -> None:
    lab.press_start()
    lab.until("ready")
    lab.until_named(f"{SIDE}: no message")
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


def test_a_policy_that_says_it_does_not_act_ends_the_episode_as_a_fault(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    lab.tell_policy(PolicyState.WAITING)
    lab.until("ended")
    assert lab.episode["outcome"] == "fault" and "policy_node doesn't act" in lab.episode["why"]
