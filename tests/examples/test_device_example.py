"""The device of the examples, loaded by its file and read by teleop_node, from a pipe in place of a pedal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sensor_msgs.msg import JointState
from spun_nodes import Nodes
from std_msgs.msg import Bool

from ibrl_ros.config import ConfigError, load_device
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import vector_message, vector_values
from ibrl_ros.ros.qos import COMMAND, LATCHED, SENSOR

NAME = "foot_pedal:FootPedal"
START, SUCCESS, STOP = 30, 48, 46


@pytest.fixture
def pedal(tmp_path: Path, examples: Path) -> Path:
    """A file that names a pipe as the pedal."""
    os.mkfifo(tmp_path / "pedal")
    content = yaml.safe_load((examples / "foot_pedal.yaml").read_text())
    content[NAME]["device"] = str(tmp_path / "pedal")
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content))
    return tmp_path / "mine.yaml"


def press(pipe: int, key: int) -> None:
    from foot_pedal import EVENT, KEY

    os.write(pipe, EVENT.pack(0, 0, KEY, key, 1) + EVENT.pack(0, 0, 0, 0, 0) + EVENT.pack(0, 0, KEY, key, 0))


def test_its_faults_are_told_by_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f'"{NAME}": {{device: /dev/null, words: {{30: start}}}}\n')
    with pytest.raises(ConfigError, match=r"foot_pedal:FootPedal\.words: .*no key says stop"):
        load_device(str(path), NAME)
    path.write_text("{}")
    with pytest.raises(ConfigError, match="no section 'foot_pedal:FootPedal', which needs device, words"):
        load_device(str(path), NAME)


@pytest.fixture
def teleop_node(ros_domain: int, pedal: Path) -> Iterator[subprocess.Popen[bytes]]:
    settings = ["-p", f"teleop:={NAME}", "-p", f"teleop_config:={pedal}"]
    process = subprocess.Popen([sys.executable, "-m", "ibrl_ros.nodes.teleop_node", "--ros-args", *settings])
    yield process
    process.terminate()
    try:
        assert process.wait(30) == 0
    finally:
        process.kill()


def test_its_words_and_its_stop_are_published(
    nodes: Nodes, pedal: Path, teleop_node: subprocess.Popen[bytes]
) -> None:
    world, commands, stops = nodes.make("world"), list[JointState](), list[Bool]()
    world.create_subscription(JointState, names.TELEOP_COMMAND, commands.append, SENSOR)
    world.create_subscription(Bool, names.ESTOP, stops.append, LATCHED)
    proprio = world.create_publisher(JointState, names.PROPRIO, COMMAND)
    prop = {"x": 0.5, "y": 0.0, "z": 0.2, "qx": 1.0, "qy": 0.0, "qz": 0.0, "qw": 0.0, "gripper": 0.0}
    world.create_timer(0.05, lambda: proprio.publish(vector_message(prop, 12.5)))

    def commanded(**values: float) -> bool:
        newest = vector_values(commands[-1]) if commands else {}
        return all(newest.get(key) == value for key, value in values.items())

    nodes.spin_until(lambda: commanded(usable=1.0, start=0.0, deadman=0.0))
    pipe = os.open(pedal.with_name("pedal"), os.O_WRONLY)
    for key, word in ((START, "start"), (SUCCESS, "success")):
        press(pipe, key)
        nodes.spin_until(lambda word=word: commanded(**{word: 1.0}))
    assert not stops
    press(pipe, STOP)
    nodes.spin_until(lambda: bool(stops) and stops[-1].data)
    os.close(pipe)


def test_one_that_is_pulled_out_is_a_state_with_its_reason(pedal: Path) -> None:
    from foot_pedal import FootPedal

    pedal.with_name("pedal").unlink()
    device = FootPedal(load_device(str(pedal), NAME))
    assert not device.stop_pressed()
    assert device.state.name == "unplugged" and "No such file" in device.state.says
