"""What a policy sees, through its topics."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sensor_msgs.msg import Image
from spun_nodes import Nodes

from ibrl_ros.control.step.observation import Assembler, Observation
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import image_message
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import PolicyInputs
from ibrl_ros.ros.qos import SENSOR

SIDE = 4
NAME = "images/wrist"


def test_one_picture_from_the_future_is_named_and_the_next_ones_are_seen(
    nodes: Nodes, capfd: pytest.CaptureFixture[str]
) -> None:
    node = nodes.make("policy")
    assembler = Assembler({NAME: (SIDE, SIDE, 3)}, max_age_s=30.0)
    came: list[bool] = []
    PolicyInputs(node, Diagnostics(node), assembler, lambda: came.append(True))
    publisher = nodes.make("camera").create_publisher(Image, names.image_topic("wrist"), SENSOR)
    nodes.spin_until(lambda: publisher.get_subscription_count() > 0)

    def show(value: int, ahead_s: float) -> None:
        before = len(came)
        publisher.publish(image_message(np.full((SIDE, SIDE, 3), value, np.uint8), time.time() + ahead_s, ""))
        nodes.spin_until(lambda: len(came) > before)

    show(1, ahead_s=60.0)
    for value in (2, 3):
        show(value, ahead_s=0.0)
        observation = assembler.observe(time.time())
        assert isinstance(observation, Observation) and (observation.arrays[NAME] == value).all()
    said = capfd.readouterr().err
    assert "cameras/wrist/image_raw" in said and "in the future" in said and "clock" in said
