"""Episodes in a lab, by the launch file: when the arm sets out, what stops it, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import numpy as np
import pytest
from fake_lab.lab import CARTESIAN, HOME_M, FakeLab

from ibrl_ros.config import load_task
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names

STOPPED_S = 1.0  # in truth a tenth of it: the machine may be busy
A_WORD = "a person's word"
NEAR_M = 0.02
ASIDE_M = (0.50, 0.15, 0.22)
STOPS: dict[str, Callable[[FakeLab], object]] = {
    "abort": lambda lab: lab.call(names.EPISODE_ABORT),
    "pause": lambda lab: lab.call(names.EPISODE_PAUSE, True),
    "deadman": lambda lab: lab.tell(deadman=1.0),
    "stop": lambda lab: lab.call(names.STOP),
    "disarm": lambda lab: lab.call(names.ARM, False),
}


class Launched(FakeLab):
    """A lab, and the episodes of a launch.

    Attributes:
        launched_at: the time.
        demos: its demonstrations.
    """

    launched_at: float
    demos: EpisodeStore

    def stand_still(self) -> None:
        """No hand moves the arm; the device is still heard."""
        super().stand_still()
        self.tell()

    def wait_for_state(self, state: str) -> None:
        """Until episode/status says so."""
        self.wait(lambda: self.episode.get("state") == state, f"episode/status {state}")

    def stand_before_home(self) -> None:
        """The arm is at its start, and its way home waits for a person's word."""
        self.call(names.STOP)
        self.bring_back()
        self.ask(names.CLEAR_ESTOP)
        self.ask(names.EPISODE_PAUSE, False)
        if self.episode["state"] == "waiting":
            self.begin()
        if self.episode["state"] == "running":
            self.call(names.EPISODE_ABORT)
        self.wait(lambda: self.waits_for(A_WORD), "the way home waits for a person's word")
        self.wait_for_robot("")

    def waits_for(self, what: str) -> bool:
        """Whether the run waits for this."""
        return self.episode.get("waits_for") == what

    def start(self, word: str = names.EPISODE_START) -> None:
        """A person says start until it is taken, and the arm sets out for home, or is there."""

        def sets_out() -> bool:
            if self.episode["state"] == "homing" and self.waits_for(A_WORD):
                self.ask(word)  # refused while the robot's mode isn't `move` yet
            return self.is_moving() or self.episode["state"] == "waiting"

        self.wait(sets_out, "the way home")

    def begin(self) -> None:
        """A person says start until the episode runs: it is refused while the mode isn't `move` yet."""

        def runs() -> bool:
            if self.episode["state"] == "waiting":
                self.call(names.EPISODE_START)
            return self.episode["state"] == "running"

        self.wait(runs, "an episode")

    def run_an_episode(self) -> None:
        """The arm is driven home, and a person begins to demonstrate."""
        self.start()
        self.wait_for_state("waiting")
        self.begin()
        self.ask_for(ASIDE_M)
        self.wait(self.is_moving, "the demonstration")

    def ask_for(self, place_m: tuple[float, float, float]) -> None:
        """The person's hand squeezes the grip, and wants the arm to be there."""
        pose = dict(zip(names.POSE_VALUES, (*place_m, 1.0, 0.0, 0.0, 0.0), strict=True))
        self.tell(deadman=1.0, closed=0.0, **pose)


@pytest.fixture(scope="module")
def one_lab(lab_messages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    folder = tmp_path_factory.mktemp("lab")
    with closing(Launched(folder, camera_side=96, camera_hz=7.5)) as lab:
        lab.launched_at = lab.now()
        lab.demos = Run(folder / "run").demos
        lab.launch("collect_demos", run_dir=folder / "run", teleop="none", num_demos=9)
        lab.wait(lambda: lab.waits_for(A_WORD), "the launch waits for a person's word")
        yield lab


@pytest.fixture
def lab(one_lab: Launched) -> Launched:
    one_lab.stand_before_home()
    return one_lab


def stays_until_somebody_speaks(lab: Launched) -> None:
    lab.stays(1.0)
    lab.wait(lambda: lab.waits_for(A_WORD) or lab.episode["paused"] == "true", "it says what it waits for")


def test_a_launch_moves_nothing_and_says_what_it_waits_for(one_lab: Launched) -> None:
    one_lab.stays(2.0)
    assert one_lab.arm("moved_m", since=one_lab.launched_at) < 0.002
    assert one_lab.episode["state"] == "homing" and one_lab.waits_for(A_WORD)
    assert "a person" in one_lab.episode["message"]


@pytest.mark.parametrize("word", [names.EPISODE_START, names.EPISODE_HOME])
def test_a_word_drives_the_arm_home_and_no_further(lab: Launched, word: str) -> None:
    lab.start(word)
    lab.wait_for_state("waiting")
    assert lab.away_m(HOME_M) < NEAR_M
    lab.stays(0.5)
    assert lab.waits_for("a person who sets the scene")


@pytest.mark.parametrize("stop", STOPS)
def test_whatever_a_person_does_stops_the_way_home(lab: Launched, stop: str) -> None:
    lab.start()
    since = lab.now()
    STOPS[stop](lab)
    lab.comes_to_rest(since, STOPPED_S)
    stays_until_somebody_speaks(lab)
    if stop == "deadman":
        lab.tell()
    lab.ask(names.EPISODE_PAUSE, False)
    lab.ask(names.CLEAR_ESTOP)
    stays_until_somebody_speaks(lab)
    lab.start()


def test_after_a_normal_end_the_way_home_is_announced_and_begins_by_itself(lab: Launched) -> None:
    lab.run_an_episode()
    notices: list[str] = []
    lab.heard_of_episode = lambda said: notices.append(said["notice"])
    lab.ask(names.EPISODE_FAILURE)
    lab.tell()
    lab.wait_for_state("waiting")
    lab.heard_of_episode = None
    assert lab.away_m(HOME_M) < NEAR_M
    announced = [notice for notice in notices if "keep clear" in notice]
    assert announced and "1 s" in announced[0], notices


def test_no_action_is_lost_where_the_camera_is_slower_than_the_loop(lab: Launched) -> None:
    """Some steps have the picture of the one before: what they see is hardly newer."""
    lab.start()
    lab.wait_for_state("waiting")
    before = len(lab.demos)
    lab.run_an_episode()
    lab.wait(lambda: lab.away_m(ASIDE_M) < 0.005, "the arm is where the hand wants it to be")
    lab.ask(names.EPISODE_SUCCESS)
    lab.tell()
    lab.wait(lambda: len(lab.demos) > before, "the demonstration is stored")
    demo = lab.demos.load_all()[-1]
    assert demo.executed is not None and demo.cuts is not None
    assert "refused_steps" not in demo.metadata.extra
    assert np.diff(demo.stamps).max() > 0.125  # observations are as old as the camera's pictures
    way_m = load_task(str(lab.task_file)).position_scale_m * demo.executed[:, :3].sum(axis=0)
    np.testing.assert_allclose(way_m, np.subtract(ASIDE_M, HOME_M), atol=0.01)
    np.testing.assert_array_equal(demo.executed[demo.cuts == 0], demo.actions[demo.cuts == 0])


def test_after_an_abort_the_arm_stays_where_it_is(lab: Launched) -> None:
    lab.run_an_episode()
    since = lab.now()
    lab.ask(names.EPISODE_ABORT)
    lab.comes_to_rest(since, STOPPED_S)
    lab.tell()
    stays_until_somebody_speaks(lab)
    lab.start()


def test_after_a_stop_in_an_episode_the_arm_stays_where_it_is(lab: Launched) -> None:
    lab.run_an_episode()
    since = lab.now()
    lab.call(names.STOP)
    lab.comes_to_rest(since, STOPPED_S)
    assert lab.episode["outcome"] == "fault"
    lab.tell()
    lab.call(names.EPISODE_START)
    stays_until_somebody_speaks(lab)
    lab.ask(names.CLEAR_ESTOP)
    stays_until_somebody_speaks(lab)
    lab.start()


def test_after_a_reflex_in_an_episode_the_arm_stays_where_it_is(lab: Launched) -> None:
    lab.run_an_episode()
    lab.arm("reflex")
    lab.wait(lambda: lab.episode["outcome"] == "fault", "the episode ends as a fault")
    lab.tell()
    lab.put_controllers_on()
    stays_until_somebody_speaks(lab)
    lab.start()


def test_a_word_said_in_a_fault_is_forgotten(lab: Launched) -> None:
    """It doesn't move the arm later, when the fault is gone."""
    lab.arm("set_mode", mode="guiding")
    lab.wait_for_robot("guiding")
    lab.call(names.EPISODE_START)
    lab.stays(0.5)
    lab.arm("switch", activate=[CARTESIAN], deactivate=[])
    lab.arm("set_mode", mode="move")
    lab.wait(lambda: "guiding" not in lab.robot["message"], "the mode is move again")
    stays_until_somebody_speaks(lab)
