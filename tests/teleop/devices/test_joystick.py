"""Gamepads and SpaceMice: axes are speeds, and nothing moves without the deadman."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config import load_robot, load_task, load_teleop
from ibrl_ros.control.safety.carry_out import action_between
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.devices.joystick import LINGERS_S, STOPS_AFTER_S, JoyConfig, Joystick
from ibrl_ros.teleop.sample import RobotNow, TeleopSample

AT_HOME = RobotNow(np.array([0.5, 0.0, 0.2, 1, 0, 0, 0, 0], np.float32))
LIMITS = GateLimits.of(load_task("lift"), load_robot("sim"))
CONFIG = load_teleop("default")
GAMEPAD = CONFIG.section("gamepad")
assert isinstance(GAMEPAD, JoyConfig)
DEADMAN, A, B, GRIPPER = 10, 0, 1, 9


class Pad:
    """A device with a clock of its own; each step it publishes and is sampled."""

    def __init__(self, config: str | JoyConfig = "gamepad") -> None:
        self.now_s = 0.0
        settings = CONFIG.section(config) if isinstance(config, str) else config
        self.source = Joystick(settings, LIMITS, clock=lambda: self.now_s)
        self.robot = AT_HOME
        self._counts = (6, 0) if config == "spacemouse" else (6, 21)
        self.running = True

    def step(self, *pressed: int, axes: dict[int, float] | None = None, heard: bool = True) -> TeleopSample:
        self.now_s += 0.1
        if pressed and self._counts[1] == 0:
            self._counts = (6, 2)  # as spacenav does: no buttons until the first one is pressed
        values = [(axes or {}).get(index, 0.0) for index in range(self._counts[0])]
        if heard:
            buttons = [int(index in pressed) for index in range(self._counts[1])]
            self.source.heard(joy(values, buttons))
        return self.source.sample(self.robot, running=self.running)


def joy(axes: Sequence[float], buttons: Sequence[int]) -> SimpleNamespace:
    """A message, as far as it is looked at."""
    return SimpleNamespace(axes=axes, buttons=buttons)


def motion(sample: TeleopSample) -> np.ndarray:
    """The way from home to what is asked for, as an action's first six values."""
    assert sample.wanted is not None
    return action_between(LIMITS, AT_HOME.measured, sample.wanted)


def test_sticks_move_while_the_shoulder_is_held() -> None:
    pad = Pad()
    assert not pad.step(axes={1: 1.0}).deadman
    for axis, place in ((1, 0), (0, 1), (3, 2), (2, 5)):  # up is +1 and left is +1, as joy nodes have it
        assert not motion(pad.step(DEADMAN, axes={axis: 1.0})).any(), "it begins where the robot is"
        sample = pad.step(DEADMAN, axes={axis: 1.0})
        assert sample.deadman and np.flatnonzero(np.abs(motion(sample)) > 1e-9).tolist() == [place]
        assert motion(sample)[place] == pytest.approx(GAMEPAD.speed)
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
    pad.source.heard(joy([0.0] * 2, [0] * 8))
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
    assert [pad.step(DEADMAN, *pressed).closed for pressed in presses] == [0, 1, 1, 1, 0]


def test_a_spacemouse_is_its_own_deadman() -> None:
    mouse = Pad("spacemouse")
    assert not mouse.step().deadman
    mouse.step(axes={2: -0.5})
    sample = mouse.step(axes={2: -0.5})
    assert sample.deadman and motion(sample)[2] == pytest.approx(-0.5 * 0.75)
    still = mouse.step()
    assert still.deadman, "not let go of between two pushes"
    assert motion(still) == pytest.approx(motion(sample))
    for _ in range(int(10 * LINGERS_S) + 1):
        last = mouse.step()
    assert not last.deadman
    mouse.step(0)
    closed = mouse.step()
    assert closed.deadman and closed.closed == 1, "closing the gripper is a command"
    assert mouse.step(0).closed == 1 and mouse.step().closed == 0
    assert not motion(mouse.step(axes={0: 0.05})).any(), "within the deadband"
    assert {word for _ in range(15) for word in mouse.step(0).buttons} == {"success"}


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("others", [(), (DEADMAN,), (A, B, GRIPPER)])
@pytest.mark.parametrize("stop", [2, 3])
def test_a_press_of_the_stop_is_heard_at_once(running: bool, others: tuple[int, ...], stop: int) -> None:
    pad = Pad()
    pad.running = running
    pad.source.heard(joy([0.0] * 6, [int(index in others) for index in range(21)]))
    assert not pad.source.stop_pressed()
    pad.source.heard(joy([0.0] * 6, [int(index in (*others, stop)) for index in range(21)]))
    pad.source.heard(joy([0.0] * 6, [int(index in others) for index in range(21)]))
    assert pad.source.stop_pressed() and not pad.source.stop_pressed()


def test_a_device_that_is_otherwise_wrong_stops_too() -> None:
    pad = Pad()
    pad.source.heard(joy([0.0], [0, 0, 1]))
    assert pad.source.state.name == "wrong device" and pad.source.stop_pressed()


def test_a_spacemouse_stops_with_its_right_button() -> None:
    mouse = Pad("spacemouse")
    mouse.step()
    assert not mouse.source.stop_pressed()
    mouse.step(1)
    assert mouse.source.stop_pressed()


def test_a_deflection_that_nobody_holds_lets_go_and_is_no_release() -> None:
    """Out of range, a joy node repeats its last message with a new stamp, deadman and all."""
    pad = Pad()
    pad.step()
    after = round(10 * (GAMEPAD.frozen_after_s or 0)) + 2
    samples = [pad.step(DEADMAN, axes={1: 0.7}) for _ in range(after)]
    assert samples[0].deadman and samples[0].usable
    assert not samples[-1].deadman and not samples[-1].usable and pad.source.state.name == "frozen"
    assert not pad.step(DEADMAN, axes={1: 0.69}).deadman, "back in range: a release first"
    assert pad.step().usable
    assert pad.step(DEADMAN, axes={1: 0.69}).deadman


def test_a_hand_that_moves_the_stick_or_leaves_it_alone_may_take_its_time() -> None:
    pad = Pad()
    pad.step()
    assert all(pad.step(DEADMAN, axes={1: 0.7 + 0.001 * (step % 2)}).deadman for step in range(60))
    assert all(pad.step(DEADMAN).deadman for _ in range(60))


def enabled_by(button: int, config: str = "gamepad") -> JoyConfig:
    """The device with an enabling switch."""
    content = CONFIG.section(config).model_dump() | {"enable": "hold", "enable_button": button}
    return JoyConfig(**content)


def test_the_enabling_switch_is_held_and_pressed_in_this_episode() -> None:
    enable = 7
    pad = Pad(enabled_by(enable))
    assert not pad.step(enable).enable, "held since before the device was there"
    assert not pad.step().enable and pad.step(enable).enable
    pad.source.begin(0)
    assert not pad.step(enable).enable
    pad.step()
    assert pad.step(enable).enable and pad.step(enable, DEADMAN).enable
    for _ in range(10):
        lost = pad.step(heard=False)
    assert not lost.enable and not lost.usable
    assert not pad.step(enable).enable


def test_without_an_enabling_switch_the_policy_is_always_enabled() -> None:
    pad = Pad()
    assert pad.step(heard=False).enable and pad.step().enable


@given(
    st.lists(
        st.tuples(
            st.booleans(), st.sampled_from([0.0, 0.5, 0.7]), st.booleans(), st.booleans(), st.booleans()
        ),
        max_size=40,
    )
)
def test_usable_without_the_deadman_means_that_the_shoulder_is_up(steps: list[tuple]) -> None:
    pad = Pad()
    for shoulder, pushed, heard, pad.running, begins in steps:
        if begins:
            pad.source.begin(0)
        pressed = (DEADMAN,) if shoulder else ()
        sample = pad.step(*pressed, axes={1: pushed}, heard=heard)
        assert not sample.deadman or sample.usable
        if pad.running and sample.usable and not sample.deadman:
            assert not pad.source._down[DEADMAN]


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=8),
    st.lists(st.integers(0, 1), max_size=12),
)
def test_whatever_is_published_a_pose_is_a_pose(axes: list[float], buttons: list[int]) -> None:
    pad = Pad("spacemouse")
    pad.step()
    for _ in range(2):
        pad.now_s += 0.1
        pad.source.heard(joy(axes, buttons))
        wanted = pad.source.sample(AT_HOME, running=True).wanted
        assert wanted is None or np.isfinite([*wanted.position, *wanted.quaternion]).all()


def test_a_device_that_is_silent_stops_before_it_is_let_go_of() -> None:
    pad = Pad()
    pad.step()
    pad.step(DEADMAN, axes={1: 1.0})
    silent = [motion(pad.step(heard=False))[0] for _ in range(4)]
    assert silent[-1] == silent[-2] == pytest.approx(GAMEPAD.speed * STOPS_AFTER_S / LIMITS.step_s)


@pytest.mark.parametrize("told", [0.0, 1.0])
def test_a_takeover_leaves_the_gripper_as_it_was_told(told: float) -> None:
    """Fingers around something wide look open."""
    pad = Pad()
    pad.robot = RobotNow(AT_HOME.prop, closed=told)
    pad.step()
    assert pad.step(DEADMAN).closed == told
