"""The robot's part on one machine, policy and learner on another: two networks with a cable between them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launches import NUM_DEMOS, Launch, Start

from ibrl_ros.learning.run import Run

INTO_THE_EPISODE_S = 1.5  # of 3 s
PULLED_S = 2.0
#: After so long without an action the robot holds; what a busy machine adds.
SILENCE_S, PATIENCE_S = 0.25, 0.75
#: Without shared memory, which two machines don't have in common.
UDP_ONLY = """<?xml version="1.0" encoding="UTF-8"?>
<dds xmlns="http://www.eprosima.com"><profiles>
  <transport_descriptors>
    <transport_descriptor><transport_id>udp</transport_id><type>UDPv4</type></transport_descriptor>
  </transport_descriptors>
  <participant profile_name="udp_only" is_default_profile="true"><rtps>
    <userTransports><transport_id>udp</transport_id></userTransports>
    <useBuiltinTransports>false</useBuiltinTransports>
  </rtps></participant>
</profiles></dds>
"""


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Machines:
    """Two network namespaces, `robot` and `work`, with a cable between them."""

    def __init__(self, folder: Path) -> None:
        self._names = {name: f"ibrl{os.getpid()}{name}" for name in ("robot", "work")}
        self._profile = folder / "udp_only.xml"
        self._profile.write_text(UDP_ONLY)
        for number, space in enumerate(self._names.values()):
            ip("netns", "add", space)
            ip("-n", space, "link", "set", "lo", "up")
            if number == 0:
                ip("-n", space, "link", "add", "cable", "type", "veth", "peer", "name", "far")
            else:
                ip("-n", self._names["robot"], "link", "set", "far", "netns", space, "name", "cable")
        for number, space in enumerate(self._names.values()):
            ip("-n", space, "addr", "add", f"10.77.0.{number + 1}/24", "dev", "cable")
            ip("-n", space, "link", "set", "cable", "up")

    def launch(self, machine: str, folder: Path, *words: str) -> Launch:
        """Start a launch file on a machine."""
        environment = {
            "FASTDDS_DEFAULT_PROFILES_FILE": str(self._profile),
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET",
        }
        inside = ["ip", "netns", "exec", self._names[machine]]
        return Launch(folder, "launch", "ibrl_ros", *words, inside=inside, environment=environment)

    def pull_cable(self) -> None:
        ip("-n", self._names["work"], "link", "set", "cable", "down")

    def plug_cable(self) -> None:
        ip("-n", self._names["work"], "link", "set", "cable", "up")

    def close(self) -> None:
        for space in self._names.values():
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


@pytest.fixture
def machines(ros_domain: int, tmp_path: Path) -> Iterator[Machines]:
    if shutil.which("ip") is None:
        pytest.skip("needs the command ip (iproute2)")
    try:
        two = Machines(tmp_path)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr}")
    yield two
    two.close()


def wait_for_an_episode(launch: Launch, after: str = "") -> None:
    """Until one is over, after something that the launch says."""
    launch.wait_for(rf"(?s){after}.*\] episode \d+: ")


def test_what_goes_wrong_on_one_machine_or_between_them_ends_an_episode_and_nothing_else(
    machines: Machines, configs: Path, run_with_demos: Callable[[], Run], tmp_path: Path
) -> None:
    run, task = run_with_demos(), configs / "task.yaml"
    words = ["train_online.launch.py", f"task:={task}", f"run_dir:={run.folder}", "max_steps:=5000"]
    words.append(f"agent:={configs / 'state.yaml'}")
    launches = [robot := machines.launch("robot", tmp_path / "robot", *words, "part:=robot")]
    try:
        robot.wait_for("waiting for policy/status: policy_node hasn't said a word yet")
        launches.append(work := machines.launch("work", tmp_path / "work", *words, "part:=policy,learner"))
        wait_for_an_episode(work)

        time.sleep(INTO_THE_EPISODE_S)
        machines.pull_cable()
        held = robot.wait_for(r"holding: no action for (\d+\.\d+) s")
        time.sleep(PULLED_S)
        machines.plug_cable()
        wait_for_an_episode(work, after="episode dropped: fault, the robot holds: no action for ")
        assert float(held[1]) < SILENCE_S + PATIENCE_S

        time.sleep(INTO_THE_EPISODE_S)
        work.interrupt()
        work.finish()
        stored = len(run.replay)
        assert robot.process.poll() is None, "the robot's part doesn't end with the policy's machine"
        launches.append(again := machines.launch("work", tmp_path / "work", *words, "part:=policy,learner"))
        wait_for_an_episode(again, after="resuming at step")
        again.interrupt()
        again.finish()
        assert len(run.replay) > stored >= 2

        robot.interrupt()
        output = robot.finish()
        assert "process has died" not in output and "Traceback" not in output, output
    finally:
        for launch in launches:
            launch.end()


def test_two_robots_in_one_domain_do_not_meet(start: Start, collected: Run, tmp_path: Path) -> None:
    runs = {name: Run(tmp_path / name) for name in ("left", "right")}
    launches = [
        start("collect_demos", run.folder, num_demos=NUM_DEMOS, operator_noise=0.1, namespace=name)
        for name, run in runs.items()
    ]
    for launch in launches:
        launch.finish()
    expected = [demo.actions.tobytes() for demo in collected.demos.iterate()]
    for run in runs.values():
        assert [demo.actions.tobytes() for demo in run.demos.iterate()] == expected
