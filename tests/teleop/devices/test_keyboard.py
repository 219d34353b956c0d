"""Keys, from a terminal that is one and from one that isn't."""

from __future__ import annotations

import os
import pty
import time

import numpy as np
import pytest

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.control.safety.carry_out import action_between
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.device import Workplace
from ibrl_ros.teleop.devices.keyboard import HELP, MOTIONS, WORDS, Keyboard, KeyboardConfig
from ibrl_ros.teleop.sample import RobotNow, TeleopSample
from ibrl_ros.teleop.terminal import TerminalKeys

AT_HOME = RobotNow(np.array([0.5, 0.0, 0.2, 1, 0, 0, 0, 0.5], np.float32))
LIMITS = GateLimits.of(load_task("lift"), load_robot("sim"))


class Typist:
    """Types between the steps."""

    def __init__(self) -> None:
        self._typed = ""
        self.now_s = 0.0
        self.source = Keyboard(KeyboardConfig(speed=0.5), self, LIMITS, clock=lambda: self.now_s)
        self.running = True

    def pressed(self) -> str:
        typed, self._typed = self._typed, ""
        return typed

    def close(self) -> None:
        pass

    def type_ahead(self, keys: str) -> None:
        self._typed += keys

    def types(self, keys: str) -> TeleopSample:
        self._typed, self.now_s = self._typed + keys, self.now_s + 0.1
        return self.source.sample(AT_HOME, running=self.running)


def motion(sample: TeleopSample) -> np.ndarray:
    """The way from home to what is asked for, as an action's first six values."""
    assert sample.wanted is not None
    return action_between(LIMITS, AT_HOME.measured, sample.wanted)


def test_space_takes_over_and_lets_go() -> None:
    typist = Typist()
    assert not typist.types("w").deadman
    first = typist.types(" w")
    assert first.deadman and not motion(first).any()
    assert not motion(typist.types("")).any(), "keys from before it don't count"
    assert typist.types("").deadman
    assert not typist.types(" ").deadman


@pytest.mark.parametrize("key", MOTIONS)
def test_every_key_moves_one_axis_while_it_repeats(key: str) -> None:
    typist = Typist()
    typist.types(" ")
    axis, way = MOTIONS[key]
    typist.types(key * 3)
    moved = motion(typist.types(""))
    assert moved[axis] == pytest.approx(0.5 * way) and np.count_nonzero(np.abs(moved) > 1e-9) == 1
    assert motion(typist.types("")) == pytest.approx(moved), "it has stopped"


def test_the_gripper_begins_as_it_is() -> None:
    typist = Typist()
    assert [typist.types(keys).closed for keys in (" ", "g", "", "g")] == [1, 0, 0, 1]


@pytest.mark.parametrize("key", WORDS)
def test_words_need_no_deadman(key: str) -> None:
    assert Typist().types(key).buttons == {WORDS[key]}


@pytest.mark.parametrize("enter", ["\n", "\r", "w\n "])
@pytest.mark.parametrize("running", [True, False])
def test_enter_stops_and_other_keys_are_kept_for_their_step(enter: str, running: bool) -> None:
    typist = Typist()
    typist.running = running
    assert typist.types("") is not None and not typist.source.stop_pressed()
    typist.type_ahead("b")
    assert not typist.source.stop_pressed()
    typist.type_ahead(enter)
    assert typist.source.stop_pressed() and not typist.source.stop_pressed()
    assert typist.types("").buttons == {"start"}


def test_keys_that_nobody_asks_for_are_forgotten() -> None:
    typist = Typist()
    typist.types("")
    typist.type_ahead("b")
    typist.source.stop_pressed()
    typist.now_s += 10
    assert not typist.types("").buttons


def test_space_between_episodes_is_a_squeeze_that_stops_a_way_home() -> None:
    typist = Typist()
    typist.running = False
    assert not typist.types("").deadman and typist.types(" ").deadman
    assert not [typist.types("") for _ in range(5)][-1].deadman
    typist.running = True
    typist.source.begin(0)
    assert not typist.types("w").deadman


def test_an_end_of_the_episode_lets_go() -> None:
    typist = Typist()
    typist.types(" ")
    typist.running = False
    assert not typist.types("").deadman
    typist.running = True
    assert not typist.types("w").deadman


def test_the_help_names_every_key() -> None:
    assert {*MOTIONS, *WORDS, "g", "enter"} <= {word.strip(":") for word in HELP.replace("|", " ").split()}


def test_a_terminal_gives_keys_at_once_and_is_put_back() -> None:
    ours, theirs = pty.openpty()
    keys = TerminalKeys(theirs)
    assert keys.pressed() == ""
    os.write(ours, b"w ")
    typed, deadline = "", time.monotonic() + 10
    while len(typed) < 2:
        assert time.monotonic() < deadline
        typed += keys.pressed()
    assert typed == "w "
    keys.close()
    os.write(ours, b"w")
    assert TerminalKeys.pressed(keys) == "", "a line again, so one without its end isn't given"


def test_without_a_terminal_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as nothing:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(ConfigError, match=r"teleop:=none.*\n?.*ros2 run ibrl_ros teleop_node"):
            Keyboard.open(KeyboardConfig(), Workplace(load_task("lift"), LIMITS))
