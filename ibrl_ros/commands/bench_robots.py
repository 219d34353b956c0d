"""`ibrl bench robots`: wall time of one training with one robot and with several, in lockstep simulation."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ibrl_ros.commands.machine_lock import isolation, lock_domain
from ibrl_ros.commands.options import whole_number
from ibrl_ros.commands.subprocess_run import SIGNALS, end_with_parent, own_tools_first

POLL_S = 0.1
DEMOS = 10
RECENT = 50
_BEGUN, _OVER = "demonstrations", "checkpoint written"
_STARTED = re.compile(r"\[(\w+)-\d+\]: process started with pid \[(\d+)\]")


class Timed(NamedTuple):
    """A training: wall time, s, and processor time of each kind of node, s, both without BC's training."""

    wall_s: float
    cpu_s: dict[str, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--steps", type=whole_number(1), default=6000, help="robots: environment steps")
    parser.add_argument("--robots", type=whole_number(2, 16), default=2, help="robots: how many robots")


def run(args: argparse.Namespace) -> int:
    """Train with one robot and with several from the same demonstrations; print one JSON line.

    `ratio` is the wall time of several robots, divided by that of one, for the same number of steps. `bound`
    is the least ratio that these updates allow: the learner's processor time by the wall time of one robot.

    Returns:
        0; 1 if a launch ended too early.
    """
    with tempfile.TemporaryDirectory(prefix="ibrl_bench_") as made, lock_domain() as domain:
        folder, environment = Path(made), own_tools_first({**os.environ, **isolation(domain)})
        shared = [f"task:={args.task}", "clock:=lockstep", "sim:=true"]
        collect = ["collect_demos.launch.py", *shared, f"num_demos:={DEMOS}", f"run_dir:={folder / 'demos'}"]
        try:
            wait([start(collect, folder / "collect.txt", environment)])
            shared += [f"agent:={args.agent}", f"max_steps:={args.steps}", f"threads:={args.threads}"]
            shared += [f"device:={args.device}"]
            results = {}
            for count in (1, args.robots):
                run_folder = folder / f"run_{count}"
                shutil.copytree(folder / "demos" / "demos", run_folder / "demos")
                results[count] = train(count, run_folder, shared, environment)
        except ChildProcessError as error:
            print(f"ibrl bench: {error}", file=sys.stderr)
            return 1
    one, several = results[1], results[args.robots]
    per_step = [float(one["wall_s"]) / int(one["steps"]), float(several["wall_s"]) / int(several["steps"])]
    learner_s = several["cpu_s"]["learner_node"] / several["steps"]
    about = {"agent": args.agent, "task": args.task, "ratio": round(per_step[1] / per_step[0], 3)}
    bound = round(learner_s / per_step[0], 3)
    print(json.dumps({"bench": args.what, **about, "bound": bound, "one": one, str(args.robots): several}))
    return 0


def train(count: int, folder: Path, shared: Sequence[str], environment: dict[str, str]) -> dict:
    """Train with so many robots; returns the steps, the times and the success of the last episodes."""
    from ibrl_ros.learning.run import Run

    names = [f"robot_{number}" for number in range(1, count + 1)] if count > 1 else []
    learner = ["train_online.launch.py", *shared, f"run_dir:={folder}"]
    launches = [[*learner, "part:=learner", f"robots:={','.join(names)}"]] if names else [learner]
    for name in names:
        own = f"run_dir:={folder.with_name(f'{folder.name}_{name}')}"
        launches.append(["train_online.launch.py", *shared, own, "part:=robot,policy", f"namespace:={name}"])
    outputs = [folder.with_name(f"{folder.name}_{number}.txt") for number in range(len(launches))]
    begun = [start(words, output, environment) for words, output in zip(launches, outputs, strict=True)]
    timed = measure(begun, outputs)
    episodes = sorted(Run(folder).replay.iterate(), key=lambda episode: episode.metadata.turn)
    recent = [episode.metadata.succeeded for episode in episodes[-RECENT:]]
    return {
        "steps": sum(map(len, episodes)),
        "episodes": len(episodes),
        "success": round(sum(recent) / len(recent), 3),
        "wall_s": round(timed.wall_s, 1),
        "cpu_s": {name: round(seconds, 1) for name, seconds in sorted(timed.cpu_s.items())},
    }


def start(words: Sequence[str], output: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a launch file; its output goes to a file. It ends with this process."""
    with output.open("wb") as out:
        return subprocess.Popen(
            [shutil.which("ros2", path=environment["PATH"]) or "ros2", "launch", "ibrl_ros", *words],
            env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent(SIGNALS[0]),
        )  # fmt: skip


def wait(launches: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait for the end of launches.

    Raises:
        ChildProcessError: one has failed.
    """
    if failed := [one for one in launches if one.wait() != 0]:
        raise ChildProcessError(f"a launch has failed: {failed[0].args!r}")


def measure(launches: Sequence[subprocess.Popen[bytes]], outputs: Sequence[Path]) -> Timed:
    """Measure from the learner's first episode to its last checkpoint; the learner's launch is the first.

    Raises:
        ChildProcessError: the learner's launch ended before.
    """
    begun_s = 0.0
    before: dict[tuple[str, int], float] = {}
    now: dict[tuple[str, int], float] = {}
    while _OVER not in (said := outputs[0].read_text(errors="replace")):
        if launches[0].poll() is not None and _OVER not in outputs[0].read_text(errors="replace"):
            raise ChildProcessError(f"the learner's launch ended before it was measured:\n{said}")
        now = {**now, **cpu_s(outputs)}
        if not begun_s and re.search(rf"starting on .* {_BEGUN}", said):
            begun_s, before = time.monotonic(), now
        time.sleep(POLL_S)
    wall_s = time.monotonic() - begun_s
    used: dict[str, float] = defaultdict(float)
    for (name, pid), seconds in now.items():
        used[name] += seconds - before.get((name, pid), 0.0)
    wait(launches)
    return Timed(wall_s, used)


def cpu_s(outputs: Sequence[Path]) -> dict[tuple[str, int], float]:
    """Processor time so far, s, of each running node that the launches have started, by name and process."""
    tick = os.sysconf("SC_CLK_TCK")
    found = {}
    for name, pid in (pair for output in outputs for pair in _STARTED.findall(output.read_text())):
        try:
            values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        found[name, int(pid)] = (int(values[11]) + int(values[12])) / tick
    return found
