"""A launch that is killed takes its nodes with it, and each has time to end well."""

from __future__ import annotations

from pathlib import Path

from launches import Start, wait_until


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_no_node_outlives_a_launch_that_is_killed(start: Start, tmp_path: Path) -> None:
    launch = start("collect_demos", tmp_path / "run", num_demos=100)
    launch.wait_for("demonstration 1")
    pids = launch.pids
    assert {"sim_node", "robot_node", "reset_node", "policy_node", "teleop_node"} <= set(pids)
    launch.process.kill()
    launch.process.wait()
    wait_until(lambda: not any(map(runs, pids.values())), lambda: f"{pids}\n{launch.output}")
