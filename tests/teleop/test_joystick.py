"""Gamepads and SpaceMice: axes are speeds, and nothing moves without the deadman."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config import load_teleop
from ibrl_ros.teleop.joystick import LINGERS_S, JoySource
from ibrl_ros.teleop.source import TeleopSample

HOME = np.array([0.5, 0.0, 0.2, 1, 0, 0, 0, 0], np.float32)
CONFIG = load_teleop("default")
DEADMAN, A, B, GRIPPER = 10, 0, 1, 9


class Pad:
    """A device with a clock of its own; each step it publishes and is sampled."""

    def __init__(self, config: str = "gamepad") -> None:
        self.now_s = 0.0
        self.source = JoySource(getattr(CONFIG, config), clock=lambda: self.now_s)
        self._counts = (6, 21) if config == "gamepad" else (6, 0)
        self.running = True

    def step(self, *pressed: int, axes: dict[int, float] | None = None, heard: bool = True) -> TeleopSample:
        self.now_s += 0.1
        if pressed and self._counts[1] == 0:
            self._counts = (6, 2)  # as spacenav does: no buttons until the first one is pressed
        values = [(axes or {}).get(index, 0.0) for index in range(self._counts[0])]
        if heard:
            self.source.heard(values, [int(index in pressed) for index in range(self._counts[1])])
        return self.source.sample(HOME, None, running=self.running)


def test_sticks_move_while_the_shoulder_is_held() -> None:
    pad = Pad()
    assert not pad.step(axes={1: 1.0}).deadman
    for axis, place in ((1, 0), (0, 1), (3, 2), (2, 5)):  # up is +1 and left is +1, as joy nodes have it
        sample = pad.step(DEADMAN, axes={axis: 1.0})
        assert sample.deadman and np.flatnonzero(sample.action[:6]).tolist() == [place]
        assert sample.action[place] == pytest.approx(CONFIG.gamepad.speed)
    assert not pad.step().deadman


def test_the_first_press_of_the_deadman_needs_a_release_first() -> None:
    pad = Pad()
    assert not pad.step(DEADMAN).deadman
    pad.step()
    assert pad.step(DEADMAN).deadman
    pad.running = False
    assert pad.step(DEADMAN).deadman, "the plain switch, so that the gate can refuse to arm"
    pad.running = True
    assert not pad.step(DEADMAN).deadman


def test_a_device_that_falls_silent_lets_go() -> None:
    pad = Pad()
    assert pad.source.state.name == "silent"
    pad.step()
    assert pad.step(DEADMAN).deadman and pad.source.state.usable
    samples = [pad.step(heard=False) for _ in range(10)]
    assert not samples[-1].deadman and pad.source.state.name == "silent"
    assert not pad.step(DEADMAN).deadman


def test_another_device_than_the_configuration_says_is_named() -> None:
    pad = Pad()
    pad.source.heard([0.0] * 2, [0] * 8)
    assert pad.source.state.name == "wrong device"
    assert pad.source.state.says == "joy has 2 axes and 8 buttons, the configuration uses 4 and 11"


def test_buttons() -> None:
    pad = Pad()
    assert pad.step(A).buttons == {"success"}
    for _ in range(5):
        pad.step()
    assert not pad.step(B).buttons
    assert pad.step().buttons == {"failure"}
    for _ in range(5):
        pad.step()
    assert [pad.step(B).buttons for _ in range(15)][-4] == {"abort"}


def test_the_gripper_changes_with_each_press() -> None:
    pad = Pad()
    pad.step()
    presses = [(), (GRIPPER,), (GRIPPER,), (), (GRIPPER,)]
    assert [pad.step(DEADMAN, *pressed).action[6] for pressed in presses] == [-1, 1, 1, 1, -1]


def test_a_spacemouse_is_its_own_deadman() -> None:
    mouse = Pad("spacemouse")
    assert not mouse.step().deadman
    sample = mouse.step(axes={2: -0.5})
    assert sample.deadman and sample.action[2] == pytest.approx(-0.5 * CONFIG.spacemouse.speed)
    assert mouse.step().deadman, "not let go of between two pushes"
    for _ in range(int(10 * LINGERS_S) + 1):
        last = mouse.step()
    assert not last.deadman
    mouse.step(0)
    closed = mouse.step()
    assert closed.deadman and closed.action[6] == 1, "closing the gripper is a command"
    assert mouse.step(0).action[6] == 1 and mouse.step().action[6] == -1
    assert mouse.step(axes={0: 0.05}).action[:6].tolist() == [0.0] * 6, "within the deadband"
    assert {word for _ in range(15) for word in mouse.step(0).buttons} == {"success"}


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8),
    st.lists(st.integers(0, 1), max_size=12),
)
def test_whatever_is_published_an_action_is_an_action(axes: list[float], buttons: list[int]) -> None:
    pad = Pad("spacemouse")
    pad.step()
    pad.source.heard(axes, buttons)
    action = pad.source.sample(HOME, None, running=True).action
    assert np.isfinite(action).all() and np.abs(action).max() <= 1
