"""An emergency stop whose button says every moment that it isn't pressed: silence counts as a press."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fake_lab.lab import FakeLab
from std_msgs.msg import Bool

from ibrl_ros.ros import names

HEARTBEAT_S, BEAT_S = 1.5, 0.1


@pytest.fixture
def lab(lab_messages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeLab]:
    one = FakeLab(tmp_path_factory.mktemp("lab"), safety={"estop_heartbeat_s": HEARTBEAT_S})
    one.run("robot_node")
    one.wait_for_robot("")
    yield one
    one.close()


def test_a_button_that_falls_silent_counts_as_pressed(lab: FakeLab) -> None:
    assert not lab.call(names.ALLOW)[0]
    button = lab.node.create_publisher(Bool, names.ESTOP, 1)
    beating = lab.node.create_timer(BEAT_S, lambda: button.publish(Bool(data=False)))
    lab.ask(names.CLEAR_ESTOP)
    lab.start_moving()
    since = lab.now()
    beating.cancel()
    lab.comes_to_rest(since, HEARTBEAT_S + 1.0)
    lab.wait_for_robot("silent")
    assert not lab.call(names.CLEAR_ESTOP)[0]
    beating.reset()
    lab.stays(1.0)
    lab.ask(names.CLEAR_ESTOP)
    lab.stays(1.0)
    lab.start_moving()
