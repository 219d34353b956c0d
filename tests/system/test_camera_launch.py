"""Cameras in the real launch: the policy waits for them by name, and sees them as soon as they are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from diagnostic_msgs.msg import DiagnosticArray
from films import RATE_HZ, write_film
from launches import Launch, Start, wait_until
from spun_nodes import Nodes

from ibrl_ros.config.loader import config_root
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import QUEUE
from ibrl_ros.ros.status import status_values

WRIST = names.image_topic("wrist")


@pytest.fixture
def robot_launch(start: Start, tmp_path: Path) -> Iterator[Launch]:
    """On a robot that isn't there, with a film for a camera, which isn't there yet either."""
    config = tmp_path / "camera.yaml"
    config.write_text(f"source: {{kind: video_file, path: {tmp_path / 'film.avi'}}}")
    task = tmp_path / "task.yaml"
    content = yaml.safe_load((config_root() / "tasks" / "lift_fr3.yaml").read_text())
    task.write_text(yaml.safe_dump({**content, "success": {"detector": "person"}}))
    launch = start(
        "collect_demos", tmp_path / "run", clock="real_time", sim="false", robot="fr3_libfranka",
        teleop="none", cameras=f"wrist={config}", task=task,
    )  # fmt: skip
    yield launch
    launch.interrupt()
    output = launch.finish()
    assert "Traceback" not in output and "process has died" not in output, output


def test_the_policy_gets_its_pictures_from_camera_node(
    robot_launch: Launch, nodes: Nodes, tmp_path: Path
) -> None:
    rates: dict[str, float] = {}

    def heard(message: DiagnosticArray) -> None:
        for status in message.status:
            rates[status.name] = float(status_values(status).get("rate_hz", "0"))

    nodes.make("listener").create_subscription(DiagnosticArray, names.DIAGNOSTICS, heard, QUEUE)
    robot_launch.wait_for(rf"camera wrist absent: {tmp_path}/film.avi: no such file")
    robot_launch.wait_for(rf"waiting for {WRIST}, \d+ s, 1 publisher\(s\), no message")
    write_film(tmp_path / "film.avi")
    robot_launch.wait_for(rf"camera wrist streaming: film.avi, 160x120 at {RATE_HZ} Hz")
    robot_launch.wait_for(rf"waiting for {names.PROPRIO}, \d+ s")
    nodes.spin_until(lambda: rates.get(f"policy_node: {WRIST}", 0.0) > 1.0)
    nodes.spin_until(lambda: "camera_node_wrist: frames" in rates)


def test_a_malformed_list_of_cameras_starts_nothing(start: Start, tmp_path: Path) -> None:
    launch = start("collect_demos", tmp_path / "run", sim="false", cameras="wrist")
    wait_until(lambda: launch.process.poll() is not None, lambda: launch.output)
    assert launch.process.returncode == 1
    assert "cameras:=wrist: expected name=config,name=config" in launch.output
    assert launch.pids == {}
