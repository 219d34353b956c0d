"""The robot's part on one machine, policy and learner on another: two networks with a cable between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launches import NUM_DEMOS, Launch, Start
from machines import Machines, two_machines

from ibrl_ros.learning.run import Run

INTO_THE_EPISODE_S = 1.5  # of 3 s
PULLED_S = 2.0
#: After so long without an action the robot holds; what a busy machine adds.
SILENCE_S, PATIENCE_S = 0.25, 0.75


@pytest.fixture
def machines(ros_domain: int, tmp_path: Path) -> Iterator[Machines]:
    with two_machines(tmp_path) as two:
        yield two


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
