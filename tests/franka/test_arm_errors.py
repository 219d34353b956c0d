"""What libfranka says, with what to do."""

from __future__ import annotations

import pytest

from ibrl_ros.franka.errors import HINTS, explain

SAID = {
    'libfranka: Move command aborted: motion aborted by reflex! ["cartesian_reflex"]': "robot/recover",
    "libfranka: Running kernel does not have realtime capabilities.": "PREEMPT_RT",
    "libfranka: UDP receive: Timeout": "start this node again",
    "libfranka: Connection to FCI refused. Please install FCI feature.": "activate FCI in Desk",
    'libfranka: command not possible in the current mode ("User stopped")!': "stop button",
}


@pytest.mark.parametrize(("said", "advice"), SAID.items())
def test_known_errors_come_with_advice(said: str, advice: str) -> None:
    explained = explain(RuntimeError(said), "172.16.0.2")
    assert explained.startswith("robot 172.16.0.2: ")
    assert advice in explained
    assert "libfranka: " not in explained


def test_an_unknown_error_is_passed_on() -> None:
    assert explain(RuntimeError("libfranka: something new."), "fr3") == "robot fr3: something new"


def test_no_hint_is_said_of_everything() -> None:
    assert all(words for words in HINTS)
