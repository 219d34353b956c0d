"""Statuses: what is told is heard, and what can't be read changes nothing."""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from hypothesis import given
from hypothesis import strategies as st
from rclpy.serialization import deserialize_message, serialize_message
from spun_nodes import Nodes
from statuses import episode_status

from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import MessageError
from ibrl_ros.ros.qos import LATCHED
from ibrl_ros.ros.status import ERROR, OK, WARN, status_values
from ibrl_ros.ros.statuses import (
    EpisodeStatus,
    LearnerState,
    LearnerStatus,
    PolicyState,
    PolicyStatus,
    RobotModeStatus,
    RobotStatus,
    SceneStatus,
    Status,
    codec,
    hear_status,
    status_teller,
)
from ibrl_ros.ros.statuses.status import keys_of

KINDS = (EpisodeStatus, LearnerStatus, PolicyStatus, RobotModeStatus, RobotStatus, SceneStatus)
#: As DDS carries it: text ends at the first zero.
TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)))
PLAIN = {str: TEXT, int: st.integers(), float: st.floats(allow_nan=False, allow_infinity=False)}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that a status may have."""
    plain, may_be_none = codec._split(kind)
    choices = codec.choices_of(plain)
    if choices is not None:
        some = st.sampled_from(list(choices.values()))
    elif get_origin(plain) is tuple:
        record = get_args(plain)[0]
        values = {**PLAIN, bool: st.booleans()}
        of_record = st.builds(record, **{name: values[one] for name, one in get_type_hints(record).items()})
        some = st.lists(of_record, max_size=3).map(tuple)
    else:
        some = PLAIN[plain]
    return st.none() | some if may_be_none else some


@st.composite
def statuses(draw: st.DrawFn) -> Status:
    kind = draw(st.sampled_from(KINDS))
    told = {field.name: draw(values_of(annotated)) for _, field, annotated in keys_of(kind)}
    return kind(says=draw(TEXT), **told)


def carried(message: DiagnosticStatus) -> DiagnosticStatus:
    """A message as it comes out of the wire."""
    return deserialize_message(serialize_message(message), DiagnosticStatus)


def changed(status: Status, **values: str | None) -> DiagnosticStatus:
    """Its message with other values; None takes a key away."""
    message = status.to_message()
    told = {**status_values(message), **values}
    message.values = [KeyValue(key=key, value=value) for key, value in told.items() if value is not None]
    return message


@given(statuses())
def test_what_is_told_is_heard(status: Status) -> None:
    assert type(status).from_message(carried(status.to_message())) == status


@given(statuses())
def test_booleans_are_lower_case_and_what_isnt_known_is_absent_or_empty(status: Status) -> None:
    told = status_values(status.to_message())
    for key, field, _ in keys_of(type(status)):
        value = getattr(status, field.name)
        if isinstance(value, bool):
            assert told[key] == ("true" if value else "false")
        if value is None:
            assert told.get(key) == ("" if field.default is MISSING else None)


@given(statuses(), st.dictionaries(st.text("xyz", min_size=1), TEXT))
def test_keys_of_a_newer_version_are_passed_over(status: Status, more: dict[str, str]) -> None:
    assert type(status).from_message(changed(status, **more)) == status


@given(statuses(), st.data())
def test_a_key_that_is_missing_is_named(status: Status, data: st.DataObject) -> None:
    needed = [key for key, field, _ in keys_of(type(status)) if field.default is MISSING]
    key = data.draw(st.sampled_from(needed))
    with pytest.raises(MessageError, match=f"^{status.TOPIC}: {key} is missing; it may be: "):
        type(status).from_message(changed(status, **{key: None}))


ROBOT = RobotStatus(armed=False, word=True, says="the robot is in mode 'reflex'")
POLICY = PolicyStatus(state=PolicyState.READY, handled="")
ROBOTS = (
    "a JSON list of objects with name, env_steps, episodes, failures, success_rate, stored, present, or empty"
)
LEARNER = LearnerStatus(state=LearnerState.LEARNING, max_steps=10, device="cpu")


@pytest.mark.parametrize(
    ("status", "key", "value", "allowed"),
    [
        (ROBOT, "armed", "False", "true, false"),
        (ROBOT, "armed", "", "true, false"),
        (ROBOT, "word", "1", "true, false"),
        (POLICY, "state", "Ready", "waiting, ready, finished"),
        (POLICY, "next_episode", "1.5", "a whole number, or empty"),
        (LEARNER, "state", "", "preparing, learning, finished, stopped, failed"),
        (LEARNER, "bc_share", "nan", "a finite number, or empty"),
        (LEARNER, "robots", "[1]", ROBOTS),
        (LEARNER, "robots", '[{"name": "left"}]', ROBOTS),
        (LEARNER, "robots", "{", ROBOTS),
        (
            episode_status(),
            "state",
            "EpisodeState.HOMING",
            "homing, waiting, ready, running, ended, finished",
        ),
        (
            episode_status(),
            "outcome",
            "won",
            "success, failure, timeout, out_of_bounds, aborted, fault, or empty",
        ),
        (episode_status(), "stamp", "inf", "a finite number"),
        (episode_status(), "by_person", "yes", "true, false, or empty"),
    ],
)
def test_a_value_that_isnt_allowed_is_named(status: Status, key: str, value: str, allowed: str) -> None:
    with pytest.raises(MessageError) as caught:
        type(status).from_message(changed(status, **{key: value}))
    said = f"{status.TOPIC}: {key} is {value!r}, which isn't allowed; it may be: {allowed}"
    assert str(caught.value) == said


def test_the_wire_is_as_people_know_it() -> None:
    assert status_values(ROBOT.to_message()) == {"armed": "false", "word": "true"}
    assert (ROBOT.to_message().message, ROBOT.to_message().level) == ("the robot is in mode 'reflex'", WARN)
    assert status_values(POLICY.to_message()) == {"state": "ready", "handled": "", "robot": ""}
    mode = RobotModeStatus(mode="move", obstacle="", hand_fault="", refused="")
    assert status_values(mode.to_message()) == {
        "mode": "move",
        "obstacle": "",
        "hand_fault": "",
        "refused": "",
    }
    assert status_values(SceneStatus(episode=2, stamp=1.5).to_message()) == {
        "episode": "2", "stamp": "1.5", "fault": "",
    }  # fmt: skip
    assert status_values(LEARNER.to_message()) == {
        "state": "learning", "max_steps": "10", "device": "cpu", "trouble": "", "robot": "",
    }  # fmt: skip
    status = episode_status(outcome="fault", by_person=False, truth_success=True)
    assert list(status_values(status.to_message())) == [
        "state", "index", "id", "seed", "step", "paused", "ended_id", "outcome",
        "why", "by_person", "waits_for", "notice", "resumed", "stamp", "auto", "rule_success",
        "truth_success",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "level"),
    [
        (RobotStatus(armed=True, word=True), OK),
        (RobotStatus(armed=False, word=True), WARN),
        (PolicyStatus(state=PolicyState.WAITING, handled=""), WARN),
        (PolicyStatus(state=PolicyState.FINISHED, handled=""), OK),
        (LearnerStatus(state=LearnerState.FAILED, max_steps=1), ERROR),
        (RobotModeStatus(mode="move", obstacle="", hand_fault="", refused=""), OK),
        (RobotModeStatus(mode="move", obstacle="", hand_fault="", refused="far away", says="far away"), WARN),
        (RobotModeStatus(mode="move", obstacle="", hand_fault="lost", refused="", says="lost"), WARN),
        (
            RobotModeStatus(mode="reflex", obstacle="reflex", hand_fault="lost", refused="", says="a reflex"),
            ERROR,
        ),
        (SceneStatus(episode=0, stamp=0.0, fault="unstable"), ERROR),
    ],
)
def test_levels(status: Status, level: bytes) -> None:
    assert status.to_message().level == level


def test_one_that_cannot_be_read_is_named_in_the_log_and_the_last_one_stands(
    nodes: Nodes, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: list[RobotStatus] = []
    hear_status(nodes.make("listener"), RobotStatus, heard.append)
    robot = nodes.make("robot").create_publisher(DiagnosticStatus, names.ROBOT_STATUS, LATCHED)
    robot.publish(ROBOT.to_message())
    nodes.spin_until(lambda: heard == [ROBOT])
    robot.publish(changed(ROBOT, armed="True"))
    logged: list[str] = []
    nodes.spin_until(lambda: bool(logged.append(capfd.readouterr().err) or "".join(logged)))
    assert "robot/status: armed is 'True', which isn't allowed" in "".join(logged)
    assert heard == [ROBOT]
    robot.publish(RobotStatus(armed=True, word=True).to_message())
    nodes.spin_until(lambda: len(heard) == 2)
    assert heard[-1].armed


def test_who_comes_late_hears_the_newest(nodes: Nodes) -> None:
    tell = status_teller(nodes.make("reset"), EpisodeStatus)
    tell(episode_status(state=EpisodeState.READY))
    newest = episode_status(state=EpisodeState.RUNNING)
    tell(newest)
    heard: list[EpisodeStatus] = []
    hear_status(nodes.make("latecomer"), EpisodeStatus, heard.append)
    nodes.spin_until(lambda: bool(heard))
    assert heard == [newest]
