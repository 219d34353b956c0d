"""A node that is stopped in the middle of an episode ends it as a fault, and nothing has to be restarted."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

from launches import Launch, Start
from sensor_msgs.msg import JointState
from spun_nodes import Nodes

from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.learning.run import Run
from ibrl_ros.nodes.pace.partners import SILENT_S
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import action_value
from ibrl_ros.ros.qos import COMMAND
from ibrl_ros.ros.statuses import REPEAT_S, EpisodeStatus, hear_status

STOPPED_S = 3.0
STILL = 1e-6


class Watcher:
    """What is told of the episodes, and the times of the actions that move the arm."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes, node = nodes, nodes.make("watcher")
        self.told: list[EpisodeStatus] = []
        self.moved_s: list[float] = []
        hear_status(node, EpisodeStatus, self.told.append)
        node.create_subscription(JointState, names.ACTION, self._on_action, COMMAND)

    def under_way(self) -> EpisodeStatus:
        """A running episode in which the arm has begun to move, from now on."""
        self.told.clear()
        self.moved_s.clear()
        self._nodes.spin_until(lambda: bool(self.told) and self.told[-1].state is EpisodeState.RUNNING)
        self._nodes.spin_until(lambda: len(self.moved_s) > 3)
        return self.told[-1]

    def outcome(self, episode_id: str) -> EpisodeStatus:
        """The first status that says how the episode ended."""
        found: list[EpisodeStatus] = []

        def ended() -> bool:
            found[:] = [status for status in self.told if status.ended_id == episode_id]
            return bool(found)

        self._nodes.spin_until(ended)
        return found[0]

    def spin(self, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        self._nodes.spin_until(lambda: time.monotonic() > until_s)

    def _on_action(self, message: JointState) -> None:
        if abs(action_value(message).values[:6]).max() > STILL:
            self.moved_s.append(time.monotonic())


def stop_for_a_while(launch: Launch, watcher: Watcher, name: str) -> EpisodeStatus:
    """Stop a node in an episode for STOPPED_S, in which the arm holds, and let it go on; how that ended."""
    running = watcher.under_way()
    pid, stopped_s = launch.pids[name], time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    try:
        watcher.spin(STOPPED_S)
    finally:
        os.kill(pid, signal.SIGCONT)
    late = [at for at in watcher.moved_s if at > stopped_s + SILENT_S + REPEAT_S]
    assert not late, f"{name}: {len(late)} actions moved the arm\n{launch.output}"
    return watcher.outcome(running.id)


def test_a_stopped_node_ends_the_episode_as_a_fault_and_all_goes_on_by_itself(
    start: Start, nodes: Nodes, tmp_path: Path
) -> None:
    run, watcher = Run(tmp_path / "run"), Watcher(nodes)
    launch = start("collect_demos", run.folder, clock="real_time", num_demos=99)
    faults = []
    for name in ("reset_node", "policy_node", "robot_node", "sim_node"):
        faults.append(stop_for_a_while(launch, watcher, name))
        assert faults[-1].outcome == "fault", (name, faults[-1], launch.output)
    stop_for_a_while(launch, watcher, "teleop_node")  # of which a demonstration only stands still
    watcher.under_way()
    launch.interrupt()
    output = launch.finish()
    assert "Traceback" not in output and "process has died" not in output, output
    for name in ("reset_node", "policy_node", "robot_node", "teleop/command"):
        assert re.search(rf"{name} has been silent .*{name} is heard again", output, re.DOTALL), output
    stored = {demo.metadata.id for demo in run.demos.load_all()}
    assert not stored & {fault.ended_id for fault in faults}
