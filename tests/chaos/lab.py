"""The real launch of train_online in simulation, in two parts, with a witness; what ends is started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from chaos.heard import Heard
from launches import ROS2, Launch, wait_until
from machines import Machines

from ibrl_ros.learning.run import Run

HERE = Path(__file__).parent
PARTS = {"robot": "robot", "work": "policy,learner"}
NODES = {
    "sim_node": "robot", "robot_node": "robot", "reset_node": "robot", "policy_node": "work",
    "learner_node": "work",
}  # fmt: skip
#: The launch starts it again by itself.
RESTARTED = ("learner_node",)
#: About how long an episode of the short task takes.
EPISODE_S = {"real_time": 3.0, "lockstep": 0.2}
CATCH_UP_S = 120.0
SECOND_LIMIT_S = 60.0


class Lab:
    """The processes of a run.

    Attributes:
        run: folder of the run.
        disk: file system of its own that holds the run's folder; None if none can be mounted.
        machines: two network namespaces; None if both parts are in this process's network.
        heard: records of the witness.
        launches: launches by part.
        episode_s: about how long an episode takes, s.
        restarts: number of launches that were started again.
    """

    def __init__(
        self,
        folder: Path,
        run: Run,
        settings: dict[str, object],
        machines: Machines | None,
        disk: Path | None,
    ) -> None:
        self.run, self.machines, self.disk = run, machines, disk
        self._folder, self._settings = folder, settings
        self.episode_s = EPISODE_S[str(settings["clock"])]
        folder.mkdir(parents=True)
        self.heard = Heard(folder / "witness.jsonl")
        self._witness = self._start("robot", str(HERE / "witness.py"), str(folder / "witness.jsonl"))
        self.launches: dict[str, Launch] = {}
        self._outputs: list[Launch] = []
        self.restarts = 0
        for part in PARTS:
            self.begin(part)

    def begin(self, part: str) -> None:
        """Start the launch of a part."""
        settings = {**self._settings, "run_dir": self.run.folder, "part": PARTS[part]}
        words = ["train_online.launch.py", *(f"{key}:={value}" for key, value in settings.items())]
        folder = self._folder / part
        if self.machines is not None:
            self.launches[part] = self.machines.launch(part, folder, *words)
        else:
            self.launches[part] = Launch(folder, "launch", "ibrl_ros", *words)
        self._outputs.append(self.launches[part])

    def pid(self, node: str) -> int:
        """Process id of the newest process of a node, which is running."""
        launch = self.launches[NODES[node]]
        wait_until(lambda: node in launch.pids and _runs(launch.pids[node]), lambda: launch.output[-3000:])
        return launch.pids[node]

    def revive(self, killed: str = "") -> None:
        """Start the launches that have ended, and wait for those that must end because a node was killed."""
        if killed in NODES and killed not in RESTARTED:
            self.await_end(NODES[killed])
        for part, launch in self.launches.items():
            if launch.process.poll() is not None:
                self.await_end(part)
                self.restarts += 1
                self.begin(part)

    def await_end(self, part: str) -> None:
        """Wait until the launch of a part and all its nodes have ended."""
        launch = self.launches[part]
        wait_until(lambda: launch.process.poll() is not None, lambda: launch.output[-3000:])
        pids = launch.pids
        wait_until(lambda: not any(map(_runs, pids.values())), lambda: f"{pids}\n{launch.output[-3000:]}")

    def run_second(self, node: str) -> tuple[int | None, str]:
        """Run a second node on the same run: exit code, None if it doesn't end, and output."""
        keys = ("task", "agent", "clock", "seed", "max_steps")
        words = [f"{key}:={self._settings[key]}" for key in keys] + [f"run_dir:={self.run.folder}"]
        words += ["stage:=train"] if node == "policy_node" else []
        parameters = [word for pair in words for word in ("-p", pair)]
        names = ["-r", f"__node:=second_{node}"]
        command = [str(ROS2), "run", "ibrl_ros", node, "--ros-args", *names, *parameters]
        process = self._popen("work", command)
        try:
            output, _ = process.communicate(timeout=SECOND_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return None, process.communicate()[0]
        return process.returncode, output

    def publish_targets(self, seconds: float) -> float:
        """Let another program publish target poses for so long: the time from which they were heard, s."""
        process = self._start("robot", str(HERE / "intruder.py"), str(seconds))
        output, _ = process.communicate(timeout=SECOND_LIMIT_S)
        return float(output.splitlines()[0])

    def output(self) -> str:
        """What all launches have said."""
        return "\n".join(launch.output for launch in self._outputs)

    def learns(self) -> bool:
        """Whether the learner has said that it has done updates."""
        return int(self.heard.newest("learner/status").get("updates") or 0) > 0

    def settled(self) -> bool:
        """Whether the learner has stored all episodes, and learned from all of them."""
        told = self.heard.newest("learner/status")
        learned = told.get("env_steps") and int(told["env_steps"]) >= int(told["stored_steps"])
        return bool(learned) and len(self.run.spool) == 0

    def finish(self) -> list[str]:
        """Let the learner catch up and end both launches as Ctrl-C does; what went wrong."""
        faults = []
        # Without the robot no more episodes come.
        for part, condition in (("robot", self.settled), ("work", lambda: True)):
            self.launches[part].interrupt()
            if not self.heard.wait(condition, CATCH_UP_S):
                faults.append(f"the learner hasn't caught up within {CATCH_UP_S:.0f} s")
            try:
                self.launches[part].finish()
            except AssertionError as error:
                faults.append(f"the launch of {part}: {str(error)[-1000:]}")
        return faults

    def close(self) -> None:
        """End all processes, the witness last."""
        for launch in self.launches.values():
            launch.end()
        self._witness.kill()  # its lines are written; the exit of rclpy's interpreter was observed to hang
        self._witness.wait()

    def _start(self, machine: str, *words: str) -> subprocess.Popen[str]:
        return self._popen(machine, [sys.executable, *words])

    def _popen(self, machine: str, command: Sequence[str]) -> subprocess.Popen[str]:
        inside, environment = self.machines.inside(machine) if self.machines else ([], {})
        return subprocess.Popen(
            [*inside, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, **environment}, cwd=self._folder, start_new_session=True,
        )  # fmt: skip


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
