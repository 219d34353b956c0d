"""Stops a lockstep run at random moments, resumes it, and compares it with the run that was never stopped.

`python tests/system/measure_resume.py --points 50 --seed 1` prints a JSON line for each stop, and for each
run that was stopped and resumed until its end: whether weights and actions are the same, bit for bit.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import yaml
from domain_coordinator import domain_id

sys.path.insert(0, str(Path(__file__).parent))
from conftest import STATE_AGENT
from launches import EPISODE_STEPS, Launch, wait_until

from ibrl_ros.learning.checkpoint import load_checkpoint
from ibrl_ros.learning.run import Run

STEPS = 600
#: Longest time between the start, or an episode's end, and a stop, seconds.
BOOT_S, EPISODE_S = 12.0, 2.0


class Stop(NamedTuple):
    """A way to stop a run: name, and what it does to a launch."""

    name: str
    act: Callable[[Launch], None]


def kill(node: str) -> Callable[[Launch], None]:
    return lambda launch: os.kill(launch.pids[node], signal.SIGKILL) if node in launch.pids else None


STOPS = (
    Stop("SIGINT to the launch", lambda launch: launch.process.send_signal(signal.SIGINT)),
    Stop("SIGTERM to the launch", lambda launch: launch.process.send_signal(signal.SIGTERM)),
    Stop("SIGKILL to the launch", lambda launch: launch.process.kill()),
    Stop("SIGKILL to the learner", kill("learner_node")),
    Stop("SIGKILL to the policy", kill("policy_node")),
)


class Lab:
    """Starts the training of the tiny agent in run folders with the same demonstrations."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "task.yaml").write_text(yaml.safe_dump({"extends": "lift", "episode_steps": EPISODE_STEPS}))
        (folder / "agent.yaml").write_text(yaml.safe_dump(STATE_AGENT))
        self._demos = Run(folder / "demos_only")
        self._launch("collect_demos", self._demos, num_demos=2, operator_noise=0.1).finish()

    def new_run(self, name: str) -> Run:
        run = Run(self.folder / name)
        shutil.copytree(self._demos.demos.folder, run.demos.folder)
        return run

    def train(self, run: Run) -> Launch:
        return self._launch("train_online", run, agent=self.folder / "agent.yaml", max_steps=STEPS)

    def _launch(self, file: str, run: Run, **values: object) -> Launch:
        values = {"task": self.folder / "task.yaml", "clock": "lockstep", "run_dir": run.folder, **values}
        words = [f"{key}:={value}" for key, value in values.items()]
        return Launch(
            run.folder.with_name(f"{run.name}_output"), "launch", "ibrl_ros", f"{file}.launch.py", *words
        )


def ended(run: Run) -> int:
    return len({*run.spool.ids(), *run.replay.ids()})


def stop_once(lab: Lab, run: Run, draw: random.Random) -> dict[str, object] | None:
    """Start the run and stop it at a random moment; None if it ended before."""
    stop, episodes = draw.choice(STOPS), draw.randint(0, 2)
    delay_s = draw.uniform(0, EPISODE_S if episodes else BOOT_S)
    before, launch = ended(run), lab.train(run)
    over = lambda: launch.process.poll() is not None  # noqa: E731
    wait_until(lambda: over() or ended(run) >= before + episodes, lambda: launch.output)
    due = time.monotonic() + delay_s
    wait_until(lambda: over() or time.monotonic() >= due, lambda: launch.output)
    if over():
        return None
    stop.act(launch)
    launch.process.wait(120)
    gone = lambda: not any(Path(f"/proc/{pid}").exists() for pid in launch.pids.values())  # noqa: E731
    wait_until(gone, lambda: launch.output)
    return {"stop": stop.name, "episodes": ended(run), "after_s": round(delay_s, 3)}


def same(run: Run, other: Run) -> bool:
    """Whether both runs have the same actions and weights, bit for bit."""
    one, two = run.replay.load_all(), other.replay.load_all()
    first, second = load_checkpoint(run.checkpoints), load_checkpoint(other.checkpoints)
    assert first is not None and second is not None
    return (
        len(one) == len(two)
        and all(np.array_equal(a.actions, b.actions) for a, b in zip(one, two, strict=True))
        and first[0].keys() == second[0].keys()
        and all(torch.equal(value, second[0][name]) for name, value in first[0].items())
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no other stop after this time")
    arguments = parser.parse_args()
    draw, began, points, alike = random.Random(arguments.seed), time.monotonic(), 0, []
    with domain_id() as number, tempfile.TemporaryDirectory() as name:
        os.environ |= {"ROS_DOMAIN_ID": str(number), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        os.environ |= {"OMP_NUM_THREADS": "1"}
        lab = Lab(Path(name))
        whole = lab.new_run("whole")
        lab.train(whole).finish()

        def goes_on() -> bool:
            return points < arguments.points and time.monotonic() - began < 60 * arguments.minutes

        while goes_on():
            run = lab.new_run(f"stopped_{len(alike)}")
            while goes_on() and (point := stop_once(lab, run, draw)) is not None:
                points += 1
                print(json.dumps({"point": points, "seed": arguments.seed, **point}), flush=True)
            lab.train(run).finish()
            alike.append(same(run, whole))
            print(json.dumps({"run": run.name, "points": points, "same": alike[-1]}), flush=True)
    print(json.dumps({"seed": arguments.seed, "points": points, "runs": len(alike), "same": sum(alike)}))
    sys.exit(not all(alike))


if __name__ == "__main__":
    main()
