"""A demonstration with a Quest, whole: adb server, log lines, teleop_node, robot, episode on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import rclpy
import yaml
from diagnostic_msgs.msg import DiagnosticArray
from fake_adb import FakeAdb, Headset
from launches import EPISODE_STEPS as TASK_STEPS
from launches import PATIENT, Launch, Start, wait_until
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from virtual_person import VirtualPerson

from ibrl_ros.config.loader import config_root
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import QUEUE
from ibrl_ros.ros.status import status_values

EPISODE_STEPS = 400
TAKES_OVER_STEPS = 12


class Lab:
    """A person, a headset and an adb server, in the test's own process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        rclpy.init()
        self.node = Node("person")
        self.person = VirtualPerson(self.node)
        self.headset = Headset(line=self.person.hand.line)
        self.adb = FakeAdb()
        self.states: list[str] = []
        self.node.create_subscription(DiagnosticArray, names.DIAGNOSTICS, self._heard, QUEUE)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        monkeypatch.setenv("ADB_SERVER_SOCKET", f"tcp:{self.adb.address}")

    def _heard(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == "teleop_node":
                state = status_values(status)["state"]
                self.states += [state] if state != (self.states or [""])[-1] else []

    def wait_until(self, condition: object, launch: Launch) -> None:
        def spun() -> bool:
            self._executor.spin_once(timeout_sec=0.02)
            return condition() or launch.process.poll() is not None

        wait_until(spun, lambda: f"{self.states}\n{launch.output}")
        assert condition(), launch.output

    def close(self) -> None:
        self._executor.shutdown()
        self.node.destroy_node()
        rclpy.shutdown()
        self.adb.stop()


@pytest.fixture
def lab(ros_domain: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    one = Lab(monkeypatch)
    yield one
    one.close()


@pytest.fixture
def task(tmp_path: Path) -> Path:
    """Lift, where only the person's word ends an episode."""
    content = yaml.safe_load((config_root() / "tasks" / "lift.yaml").read_text())
    content |= {"episode_steps": EPISODE_STEPS, "success": {"detector": "person"}}
    path = tmp_path / "lift_by_word.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


@pytest.fixture
def robot(tmp_path: Path) -> Path:
    """The simulated one, with a gate that waits for a busy machine."""
    content = yaml.safe_load((config_root() / "robots" / "sim.yaml").read_text())
    path = tmp_path / "robot.yaml"
    path.write_text(
        yaml.safe_dump(
            {**content, "safety": {**content.get("safety", {}), **PATIENT, "max_joints_age_s": 5.0}}
        )
    )
    return path


@pytest.fixture
def devices(tmp_path: Path) -> Path:
    """A Quest that moves the robot as far as the hand, on a machine that may be busy."""
    path = tmp_path / "devices.yaml"
    path.write_text(
        yaml.safe_dump({"extends": "default", "quest": {"motion_scale": 1.0, "stale_after_s": 2.0}})
    )
    return path


def test_a_person_with_a_quest_shows_the_whole_task(
    lab: Lab, task: Path, robot: Path, devices: Path, start: Start, tmp_path: Path
) -> None:
    run = Run(tmp_path / "run")
    arguments = {"task": task, "robot": robot, "person": "services", "num_demos": 1}
    arguments["teleop_config"] = devices
    launch = start("collect_demos", run.folder, clock="real_time", teleop="quest", **arguments)
    lab.wait_until(lambda: "no headset" in lab.states, launch)
    lab.adb.plug_in(lab.headset)
    lab.wait_until(lambda: len(run.demos) > 0, launch)
    launch.finish()
    demo = run.demos.load_all()[0]
    assert demo.metadata.succeeded and demo.metadata.extra["by_person"]
    assert demo.metadata.extra["truth_success"], "A was pressed, and the block isn't up"
    assert lab.headset.started == 1
    assert np.abs(demo.actions[0, :6]).max() < 0.05, "it moved at the squeeze"
    assert np.abs(demo.actions).max() <= 1 and {-1.0, 1.0} == set(demo.actions[:, 6].tolist())


def test_a_person_takes_over_while_the_robot_learns(
    lab: Lab, robot: Path, devices: Path, start: Start, configs: Path, run_with_demos: Callable[[], Run]
) -> None:
    run = run_with_demos()
    lab.adb.plug_in(lab.headset)
    lab.person.lets_go_after = TAKES_OVER_STEPS
    who = {"person": "services", "robot": robot, "teleop_config": devices}
    arguments = {"agent": configs / "state.yaml", "max_steps": 2 * TASK_STEPS, **who}
    launch = start("train_online", run.folder, clock="real_time", teleop="quest", **arguments)
    lab.wait_until(lambda: len(run.replay) > 0, launch)
    launch.interrupt()
    launch.finish()
    episode = run.replay.load_all()[0]
    taken = np.flatnonzero(episode.interventions)
    assert 0 < len(taken) < len(episode), "the policy acts before the squeeze and after it"
    assert taken[-1] - taken[0] == len(taken) - 1 and taken[0] > 0
    assert (episode.sources[taken] == -1).all() and (np.delete(episode.sources, taken) >= 0).all()
    assert np.abs(episode.actions[taken[0], :6]).max() < 0.5, "it comes to where it was, no more"
