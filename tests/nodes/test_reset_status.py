"""reset_node and what it hears: from a robot that holds or loses its word, from a policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from reset_lab import RED, REFLEX, WOOD, Lab

from ibrl_ros.ros import names
from ibrl_ros.ros.statuses import PolicyState, RobotStatus, SceneStatus, status_teller


def test_a_robot_that_holds_ends_the_episode_as_a_fault(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    lab.tell_robot(RobotStatus(armed=False, word=False, says=REFLEX))
    lab.until("ended")
    assert lab.episode["outcome"] == "fault"
    assert lab.episode["why"] == f"the robot holds: {REFLEX}"


def test_what_the_robot_said_before_it_was_armed_does_not_count_and_what_it_repeats_changes_nothing(
    lab: Lab,
) -> None:
    lab.colour = WOOD
    lab.tell_robot(RobotStatus(armed=False, word=True, says="not armed"))
    lab.press_start()
    lab.until("running")
    for _ in range(3):
        lab.tell_robot(RobotStatus(armed=True, word=True))
        lab.spin(0.2)
    assert lab.episode["state"] == "running"


def test_a_robot_status_that_cannot_be_read_changes_nothing(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    lab.tell_robot(RobotStatus(armed=True, word=True))
    lab.spin(0.2)
    for values in ({"armed": "False", "word": "true"}, {"armed": "0", "word": "0"}, {"word": "false"}, {}):
        lab.tell_unreadable(**values)
        lab.spin(0.2)
    assert lab.episode["state"] == "running"
    lab.tell_unreadable(armed="false", word="false", newer="?")
    lab.until("ended")
    assert (lab.episode["outcome"], lab.episode["why"]) == ("fault", "the robot holds: unreadable")


def test_a_robot_that_loses_its_word_on_the_way_home_waits_for_a_person(lab: Lab) -> None:
    lab.until("homing")
    lab.is_home = False
    lab.press()
    lab.spin_until(lambda: names.HOME in lab.asked)
    lab.tell_robot(RobotStatus(armed=False, word=False, says=REFLEX))
    lab.spin_until(lambda: REFLEX in lab.episode["notice"])
    assert lab.episode["waits_for"] == "a person's word"
    asked = lab.asked.count(names.HOME)
    lab.spin(0.5)
    lab.tell_robot(RobotStatus(armed=False, word=True, says="not armed"))
    lab.spin(0.5)
    assert lab.asked.count(names.HOME) <= asked + 1, "one request may have been under way"
    assert lab.episode["state"] == "homing"


def test_a_robot_that_loses_its_word_before_the_start_is_not_armed(lab: Lab) -> None:
    lab.press_start()
    lab.until("ready")
    lab.until_it_is(RobotStatus(armed=False, word=False, says=REFLEX), "waiting")
    lab.colour = WOOD
    lab.tell_robot(RobotStatus(armed=False, word=True, says="not armed"))
    lab.spin(0.5)
    assert lab.armed == [] and lab.episode["state"] == "waiting", "a person starts it, and nobody else"


def test_a_robot_that_holds_while_the_scene_is_set_changes_nothing(lab: Lab) -> None:
    lab.until("homing")
    lab.press()
    lab.until("waiting")
    lab.tell_robot(RobotStatus(armed=False, word=False, says=REFLEX))
    lab.spin(0.4)
    assert lab.episode["state"] == "waiting" and lab.armed == []


def test_a_policy_that_has_had_enough_ends_the_run_after_its_episode(lab: Lab) -> None:
    lab.colour = WOOD
    lab.press_start()
    lab.until("running")
    lab.tell_policy(PolicyState.FINISHED)
    lab.spin(0.4)
    assert lab.episode["state"] == "running"
    lab.colour = RED
    lab.until("finished")
    assert lab.episode["outcome"] == "success"


def test_a_policy_that_waits_starts_nothing(lab: Lab) -> None:
    lab.colour = WOOD
    lab.until("homing")
    lab.tell_policy(PolicyState.WAITING)
    lab.press_start()
    lab.until("ready")
    lab.spin(0.5)
    assert lab.episode["waits_for"] == "the policy" and lab.armed == []
    lab.tell_policy(PolicyState.READY)
    lab.until("running")


class TestInSimulation:
    """Where a scene is part of each episode."""

    @pytest.fixture
    def sim(self) -> bool:
        return True

    @pytest.fixture
    def tell_scene(self, lab: Lab) -> Callable[[SceneStatus], None]:
        lab.colour = WOOD
        return status_teller(lab.node, SceneStatus)

    def test_a_scene_of_another_episode_or_one_not_seen_yet_starts_nothing(
        self, lab: Lab, tell_scene: Callable[[SceneStatus], None]
    ) -> None:
        lab.until("homing")
        for scene in (
            SceneStatus(episode=1, stamp=0.0),
            SceneStatus(episode=0, stamp=1e6),
            SceneStatus(episode=0, stamp=0.0, fault="it blew up"),
        ):
            tell_scene(scene)
            lab.spin(0.3)
            assert lab.episode["state"] == "homing", scene
        tell_scene(SceneStatus(episode=0, stamp=0.0))
        lab.until("running")

    @pytest.mark.parametrize(
        ("scene", "why"),
        [
            (
                SceneStatus(episode=0, stamp=0.0, fault="a NaN", says="it went wrong: a NaN"),
                "it went wrong: a NaN",
            ),
            (SceneStatus(episode=0, stamp=0.1), "the scene was set anew while the episode ran"),
            (SceneStatus(episode=1, stamp=0.0), "the scene was set anew while the episode ran"),
        ],
    )
    def test_an_episode_whose_scene_is_lost_ends_as_a_fault(
        self, lab: Lab, tell_scene: Callable[[SceneStatus], None], scene: SceneStatus, why: str
    ) -> None:
        lab.until("homing")
        tell_scene(SceneStatus(episode=0, stamp=0.0))
        lab.until("running")
        tell_scene(SceneStatus(episode=0, stamp=0.0))
        lab.spin(0.2)
        assert lab.episode["state"] == "running", "it was only said again"
        tell_scene(scene)
        lab.until("ended")
        assert (lab.episode["outcome"], lab.episode["why"]) == ("fault", why)
