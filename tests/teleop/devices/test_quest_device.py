"""The Quest as a source: what a person does with a controller, and what comes out."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quest_hand import QuestHand

from ibrl_ros.teleop.device import DeviceState
from ibrl_ros.teleop.devices.quest import Quest, QuestConfig, make_reader
from ibrl_ros.teleop.oculus_log import parse, stops
from ibrl_ros.teleop.oculus_reader import OculusReaderModule
from ibrl_ros.teleop.quest_reader import Arrivals
from ibrl_ros.teleop.sample import RobotNow, TeleopSample
from ibrl_ros.teleop.wizard import Wizard

AT_HOME = RobotNow(np.array([0.5, 0.0, 0.2, 1, 0, 0, 0, 0], np.float32))
PERIOD_S = 0.1


class Session:
    """A source with a hand before it and a clock of its own, stepped ten times a second."""

    def __init__(self, **config: Any) -> None:
        self.now_s = 0.0
        self.hand = QuestHand()
        settings = QuestConfig(**{"motion_scale": 1.0, **config})
        self.arrivals = Arrivals(settings, clock=lambda: self.now_s)
        self.source = Quest(self, settings, clock=lambda: self.now_s)
        self.running = self.hears = True

    def poll(self) -> None:
        if not self.hears:
            return
        line = f"wE9ryARX: {self.hand.line()}"
        if stops(line):
            self.arrivals.stopped()
        self.arrivals.arrived(parse(line) or {})

    def close(self) -> None:
        pass

    def step(self, **hand: Any) -> TeleopSample:
        self.now_s += PERIOD_S
        for name, value in hand.items():
            setattr(self.hand, name, value)
        return self.source.sample(AT_HOME, running=self.running)

    def words(self, steps: int, **hand: Any) -> set[str]:
        return {word for _ in range(steps) for word in self.step(**hand).buttons}


def test_squeeze_move_release() -> None:
    session = Session()
    assert not session.step().deadman
    first = session.step(grip=1.0)
    assert first.deadman and first.wanted is not None and first.age_s == 0
    np.testing.assert_allclose(first.wanted.position, AT_HOME.measured.position)
    moved = session.step(position_m=session.hand.position_m + np.array([0, 0.03, 0]))
    assert moved.wanted is not None
    assert moved.wanted.position[2] == pytest.approx(0.23, abs=1e-4)
    released = session.step(grip=0.0)
    assert not released.deadman and released.wanted is None


def test_what_is_asked_for_is_as_old_as_the_hand() -> None:
    session = Session()
    session.step()
    session.step(grip=1.0)
    session.hears = False
    assert session.step().age_s == pytest.approx(PERIOD_S)


def test_between_episodes_the_plain_grip_is_told_so_that_the_gate_can_refuse_to_arm() -> None:
    session = Session()
    session.running = False
    assert session.step(grip=1.0).deadman
    session.running = True
    session.source.begin(0)
    assert not session.step().deadman, "a grip that was squeezed before the episode holds nothing"
    session.step(grip=0.0)
    assert session.step(grip=1.0).deadman


def test_a_squeeze_with_the_very_start_counts_and_one_from_the_last_episode_does_not() -> None:
    session = Session()
    session.running = False
    session.step(grip=0.0)
    session.running = True
    session.source.begin(0)
    assert session.step(grip=1.0).deadman
    session.source.begin(1)  # so soon that no step lay between the two episodes
    assert not session.step().deadman


def test_a_and_b_and_a_long_b() -> None:
    session = Session()
    assert session.words(2, pressed=frozenset("A")) == {"success"}
    session.words(5, pressed=frozenset())
    assert session.words(3, pressed=frozenset("B")) == set()
    assert session.words(2, pressed=frozenset()) == {"failure"}
    session.words(5)
    assert session.words(15, pressed=frozenset("B")) == {"abort"}
    session.words(5, pressed=frozenset())
    assert session.words(5) == set()


def test_a_long_pull_of_the_trigger_starts_an_episode_and_in_one_it_is_the_grippers() -> None:
    session = Session()
    assert session.words(15, trigger=1.0) == set()
    session.running = False
    assert session.words(15, grip=1.0) == set()
    assert session.words(5, grip=0.0) == set() and session.words(5, trigger=0.0) == set()
    assert session.words(15, trigger=1.0) == {"start"}
    assert session.words(15) == set(), "held on, it says it once"


def test_a_hand_that_is_lost_lets_go_and_says_nothing() -> None:
    session = Session()
    session.step()
    assert session.step(grip=1.0).deadman
    session.step(pressed=frozenset("B"))
    lost = session.step(seen=False)
    assert not lost.deadman and session.source.state.name == "lost tracking"
    assert session.words(5) == set()
    assert not session.step(seen=True).deadman, "squeezed all the time: a release first"


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize("grip", [0.0, 1.0])
@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("hand", [{"stick": (0.0, -0.95)}, {"pressed": frozenset({"RJ"})}])
def test_the_stop_is_heard_once_whatever_else_is_the_case(
    running: bool, grip: float, seen: bool, hand: dict[str, Any]
) -> None:
    session = Session()
    session.running = running
    session.step(grip=grip, seen=seen)
    assert not session.source.stop_pressed()
    session.step(**hand)
    session.hand.stick, session.hand.pressed = (0.0, 0.0), frozenset()
    assert session.source.stop_pressed() and not session.source.stop_pressed()


def test_a_jump_is_no_release() -> None:
    """Whoever listens sees `usable` without `deadman` only where the grip is open."""
    session = Session()
    session.step()
    assert session.step(grip=1.0).usable
    jumped = session.step(position_m=session.hand.position_m + 0.3)
    assert not jumped.deadman and not jumped.usable
    after = session.step()
    assert not after.deadman and not after.usable, "tracked again, and squeezed still"
    released = session.step(grip=0.0)
    assert released.usable and not released.deadman


def test_a_pose_that_never_changes_is_lost() -> None:
    session = Session()
    session.step(trembles=False)
    assert all(session.step().usable for _ in range(10)), "with the grip open it harms nobody"
    held = [session.step(grip=1.0) for _ in range(6)]
    assert held[0].deadman and not held[-1].deadman and not held[-1].usable
    assert session.source.state.name == "lost tracking" and "doesn't change" in session.source.state.says
    assert not session.step(trembles=True).deadman, "seen again: a release first"
    session.step(grip=0.0)
    assert session.step(grip=1.0).deadman


moments = st.lists(
    st.tuples(
        st.sampled_from(["see", "lose", "miss"]),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 1.0]),
        st.sampled_from([0.0, 0.02, 0.3]),
        st.sampled_from(["run", "rest", "begin"]),
    ),
    max_size=25,
)


@given(moments)
def test_usable_without_the_deadman_means_an_open_grip(steps: list[tuple]) -> None:
    session = Session(enable="hold")
    pulled_since = False
    for lines, grip, trigger, moved_m, episode in steps:
        session.running = episode != "rest"
        if episode == "begin":
            session.source.begin(0)
        session.hears = lines != "miss"
        position_m = session.hand.position_m + np.array([moved_m, 0, 0])
        sample = session.step(seen=lines == "see", grip=grip, trigger=trigger, position_m=position_m)
        assert not sample.deadman or sample.usable
        hand = session.arrivals.take()
        if session.running and sample.usable and not sample.deadman:
            assert hand is not None and not hand.squeezed
        if sample.enable:
            assert session.running and hand is not None and hand.pulled and not hand.squeezed
            assert not pulled_since or episode != "begin", "the pull that said start enables nothing"
        pulled_since = bool(hand is not None and hand.pulled)


def test_the_trigger_enables_with_the_grip_open_and_after_a_release() -> None:
    session = Session(enable="hold")
    session.running = False
    session.step()
    assert not any(session.step(trigger=1.0).enable for _ in range(12)), "this pull says start"
    session.running = True
    session.source.begin(0)
    assert not session.step().enable
    session.step(trigger=0.0)
    assert session.step(trigger=0.6).enable and not session.step(trigger=0.3).enable
    assert session.step(trigger=1.0).enable
    assert not session.step(grip=1.0).enable, "now it closes the gripper"
    assert not session.step(grip=0.0).enable, "and held on, it still means that"
    session.step(trigger=0.0)
    assert session.step(trigger=1.0).enable
    session.source.begin(1)
    assert not session.step().enable, "held since the last episode"
    session.step(trigger=0.0)
    assert session.step(trigger=1.0).enable
    assert not session.step(seen=False).enable
    assert not session.step(seen=True).enable


def test_without_an_enabling_switch_the_policy_is_always_enabled() -> None:
    session = Session()
    assert session.step().enable and session.step(seen=False).enable


class FakeModule:
    """What `oculus_reader.reader.OculusReader` gives."""

    def __init__(self, **where: object) -> None:
        self.where, self.running = where, True
        self.answer: tuple = ({}, {})

    def get_transformations_and_buttons(self) -> tuple:
        return self.answer


@pytest.fixture
def genuine(monkeypatch: pytest.MonkeyPatch) -> type[FakeModule]:
    module = ModuleType("oculus_reader.reader")
    module.OculusReader = FakeModule  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "oculus_reader", ModuleType("oculus_reader"))
    monkeypatch.setitem(sys.modules, "oculus_reader.reader", module)
    return FakeModule


BUTTONS = {"A": True, "B": False, "rightGrip": (0.9,), "rightTrig": (0.2,)}


def test_the_genuine_module_is_read_and_its_old_poses_are_not(genuine: type[FakeModule]) -> None:
    reader = make_reader(QuestConfig(reader="oculus_reader", address="10.0.0.9", stale_after_s=0.2))
    assert isinstance(reader, OculusReaderModule)
    now_s = [0.0]
    reader.arrivals = Arrivals(QuestConfig(), clock=lambda: now_s[0])
    assert reader._module.where == {"ip_address": "10.0.0.9", "port": 5555}
    reader._module.answer = ({"r": np.eye(4)}, BUTTONS)
    reader.poll()
    hand = reader.arrivals.take()
    assert hand is not None and (hand.grip, hand.trigger, hand.first) == (0.9, 0.2, True)
    now_s[0] = 0.3
    reader.poll()  # the same dictionary still
    assert reader.arrivals.take() is None and reader.arrivals.state.name == "stale"


@pytest.mark.parametrize(
    "buttons",
    [
        {"RJ": True},
        {"rightJS": (0.0, 0.9)},
        {"leftJS": (-0.9, 0.1)},
        {"A": True, "B": True},
        {"X": 1, "Y": 1},
    ],
)
def test_the_genuine_module_says_stop_with_or_without_a_pose(
    genuine: type[FakeModule], buttons: dict[str, Any]
) -> None:
    source = Quest(reader := OculusReaderModule(QuestConfig()), QuestConfig())
    idle = {"A": False, "B": True, "RJ": False, "rightJS": (0.1, -0.2), "leftJS": None}
    for poses in ({"r": np.eye(4)}, {}):
        reader._module.answer = (dict(poses), idle)
        assert not source.stop_pressed()
        reader._module.answer = (dict(poses), buttons)
        assert source.stop_pressed() and not source.stop_pressed()


@pytest.mark.parametrize(
    "answer",
    [
        (None, None),
        ({}, {}),
        ({"r": np.full((4, 4), np.nan)}, BUTTONS),
        ({"r": np.eye(4)}, {}),
        ({"r": np.eye(4)}, {**BUTTONS, "rightGrip": (np.nan,)}),
        ({"r": np.eye(3)}, BUTTONS),
    ],
)
def test_what_the_module_lets_through_is_checked(genuine: type[FakeModule], answer: tuple) -> None:
    reader = OculusReaderModule(QuestConfig(reader="oculus_reader"))
    reader._module.answer = ({"r": np.eye(4)}, BUTTONS)
    reader.poll()
    reader._module.answer = answer
    reader.poll()
    assert reader.arrivals.take() is None
    assert reader.arrivals.state.name == "lost tracking"


def test_a_module_that_is_missing_or_gives_up_is_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "oculus_reader", None)
    missing = OculusReaderModule(QuestConfig(reader="oculus_reader"))
    missing.poll()
    assert missing.arrivals.state.name == "oculus_reader missing"

    def gives_up() -> None:
        raise SystemExit(1)

    module = ModuleType("oculus_reader.reader")
    module.OculusReader = gives_up  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "oculus_reader", ModuleType("oculus_reader"))
    monkeypatch.setitem(sys.modules, "oculus_reader.reader", module)
    assert OculusReaderModule(QuestConfig(reader="oculus_reader")).arrivals.state.name == "no headset"


class Student:
    """Does what the wizard asks: a squeeze, a motion, a release, for each motion in turn."""

    def __init__(self, motions: list[tuple[float, float, float]]) -> None:
        self.arrivals = Arrivals(QuestConfig(), clock=lambda: 0.0)
        self.arrivals.trouble(DeviceState("no headset", "connect it"))
        self._hand, self.said = QuestHand(), []
        self._script = [
            (grip, part * np.array(motion)) for motion in motions
            for grip, part in ((0, 0), (1, 0), (1, 0.5), (1, 1), (0, 1))
        ]  # fmt: skip
        self._waits = 3

    def poll(self) -> None:
        self._waits -= 1
        if self._waits >= 0:
            return
        self._hand.grip, self._hand.position_m = self._script.pop(0)
        self.arrivals.arrived(parse(f"wE9ryARX: {self._hand.line()}") or {})

    def close(self) -> None:
        pass

    def say(self, text: str) -> None:
        self.said.append(text)


def test_the_wizard_asks_again_until_the_motions_tell() -> None:
    forward, left, up = (0.02, 0, -0.3), (-0.25, 0.02, 0), (0, 0.4, 0.03)
    right = (0.25, 0, 0)
    student = Student([forward, left, (0, 0.05, 0), forward, right, up, forward, left, up])
    assert Wizard(student, student.say, wait=lambda _: None).run() == (-3, -1, 2)
    text = "\n".join(student.said)
    assert "(no headset: connect it)" in text and "(streaming:" in text
    assert "up: 5 cm is too short" in text and "\nthese axes are mirrored" in text
    assert text.count("forward: squeeze, move, release") == 3
