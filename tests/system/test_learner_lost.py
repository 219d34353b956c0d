"""A learner that is killed or fails on the wall clock doesn't stop the robot, and no episode is lost."""

from __future__ import annotations

import dataclasses
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
from diagnostic_msgs.msg import DiagnosticStatus
from launches import Start, wait_until
from spun_nodes import Nodes

from ibrl_ros.learning.checkpoint import load_facts
from ibrl_ros.learning.run import Run
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import LATCHED
from ibrl_ros.ros.status import ERROR, status_values

SPOILT = 3


def spoil(run: Run) -> None:
    """Training episodes with rewards so large that a loss overflows, though each number is finite."""
    demo = next(run.demos.iterate())
    for index in range(SPOILT):
        changes = {"id": f"spoilt{index}", "index": index, "kind": "train"}
        metadata = demo.metadata.model_copy(update=changes)
        rewards = np.full(len(demo), 1e30, np.float32)
        run.replay.save(dataclasses.replace(demo, rewards=rewards, metadata=metadata))


def test_a_killed_learner_is_started_again_and_gets_what_it_missed(
    start: Start, configs: Path, run_with_demos: Callable[[], Run]
) -> None:
    run = run_with_demos()
    launch = start("train_online", run.folder, agent=configs / "state.yaml", clock="real_time", max_steps=150)
    wait_until(lambda: len(run.replay) > 0, lambda: launch.output)
    killed = launch.pids["learner_node"]
    os.kill(killed, signal.SIGKILL)
    launch.wait_for("learner_node was killed by SIGKILL; it starts again in 1 s")

    output = launch.finish()  # by itself: the new learner has finished
    assert launch.pids["learner_node"] != killed
    assert output.count("policy_node-4] [INFO] episode ") == len(run.replay), "the robot acted on"
    assert len(run.spool) == 0
    episodes = run.replay.load_all()
    assert [episode.metadata.index for episode in episodes] == list(range(len(episodes)))
    facts = load_facts(run.checkpoints)
    assert facts is not None and facts["env_steps"] == sum(map(len, episodes))
    assert output.count("process has died") == 1 and "Traceback" not in output, output


def test_when_learning_fails_the_robot_acts_on_and_the_status_says_why(
    start: Start, configs: Path, run_with_demos: Callable[[], Run], nodes: Nodes
) -> None:
    run, heard = run_with_demos(), [DiagnosticStatus()]
    spoil(run)
    person = nodes.make("person")
    person.create_subscription(DiagnosticStatus, names.LEARNER_STATUS, heard.append, LATCHED)
    launch = start("train_online", run.folder, agent=configs / "state.yaml", clock="real_time", max_steps=300)
    launch.wait_for(r"learning has stopped: the critic's loss is inf.* of episode spoilt\d")
    nodes.spin_until(lambda: status_values(heard[-1]).get("state") == "failed")
    assert heard[-1].level == ERROR and "of episode spoilt" in heard[-1].message
    wait_until(lambda: len(run.replay) > SPOILT, lambda: launch.output)
    launch.interrupt()
    assert "Traceback" not in launch.finish()
    assert load_facts(run.checkpoints) is None, "nothing is saved over the last good checkpoint"


def test_in_lockstep_a_failure_of_learning_ends_the_run(
    start: Start, configs: Path, run_with_demos: Callable[[], Run]
) -> None:
    run = run_with_demos()
    spoil(run)
    output = start("train_online", run.folder, agent=configs / "state.yaml", max_steps=300).finish()
    assert "learning has stopped: the critic's loss is inf" in output
    assert "Traceback" not in output
