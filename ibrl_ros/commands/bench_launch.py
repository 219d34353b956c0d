"""Runs a launch with simulation and an agent of full size, almost untrained, to measure its speed."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ibrl_ros.commands.machine_lock import isolation, lock_domain
from ibrl_ros.commands.subprocess_run import Child, Interrupted, own_tools_first

if TYPE_CHECKING:
    from ibrl_ros.rl.config import AgentConfig
    from ibrl_ros.ros.diagnostics_listener import DiagnosticValues

Numbers = dict[str, float]

#: The launch is stopped if the robot doesn't move within this time; BC and its proposals take most of it.
START_S = 180.0
ENDLESS = 1_000_000
DEMOS, DEMO_STEPS, BC_STEPS = 3, 50, 5


def report_launch(
    args: argparse.Namespace,
    clock: str,
    moves: Callable[[DiagnosticValues], bool],
    measure: Callable[[DiagnosticValues, threading.Event], Numbers | None],
    make: Callable[[Path], list[str]] | None = None,
) -> int:
    """Start a launch, measure once the robot moves, stop the launch and print one JSON line.

    The launch's output goes to stderr.

    Args:
        args: options of `ibrl bench`: what, agent, learner, seconds.
        clock: "real_time" or "lockstep".
        moves: function that tells from the received diagnostics whether the robot moves.
        measure: function that measures, from the received diagnostics (updated while it runs) and an event
            that is set when the launch ends.
        make: function that returns the launch's command, from an empty folder; None to let an agent act.

    Returns:
        0; 1 if the launch ended before it was measured; 128 + the signal's number after a signal.

    Raises:
        ConfigError: no such agent.
    """
    with tempfile.TemporaryDirectory(prefix="ibrl_bench_") as folder, lock_domain() as domain:
        command = (
            make(Path(folder))
            if make
            else prepare(Path(folder), args.agent, clock, learner=args.learner, device=args.device)
        )
        os.environ.update(isolation(domain))
        child = Child(command, own_tools_first(dict(os.environ)), sys.stderr.buffer)
        try:
            measured = _watched(child, moves, measure)
        except Interrupted as interruption:
            return 128 + interruption.number
    if measured is None:
        print(f"ibrl bench: the launch ended before it was measured. {child.reason()}", file=sys.stderr)
        return 1
    acts = {"agent": args.agent, "learner": args.learner} if make is None else {"teleop": "scripted"}
    about = {**acts, "seconds": args.seconds}
    print(json.dumps({"bench": args.what, **about, **measured}))
    return 0


def prepare(folder: Path, agent: str, clock: str, *, learner: bool, device: str = "auto") -> list[str]:
    """Create a run with an agent of full size, and return the command that launches it.

    Raises:
        ConfigError: no such agent.
    """
    from ibrl_ros.config import load_agent

    config = load_agent(agent)
    hasty = config.bc.model_copy(update={"steps": BC_STEPS})
    config = config.model_copy(update={"warmup_episodes": 0, "bc": hasty})
    path = folder / "agent.yaml"
    path.write_text(yaml.safe_dump(config.model_dump(mode="json")))
    _fill(folder / "run", config)
    arguments = {"agent": path, "run_dir": folder / "run", "sim": "true", "clock": clock, "device": device}
    name, until = ("train_online", "max_steps") if learner else ("evaluate", "num_episodes")
    words = [f"{key}:={value}" for key, value in {**arguments, until: ENDLESS}.items()]
    return ["ros2", "launch", "ibrl_ros", f"{name}.launch.py", *words]


def _watched(
    child: Child,
    moves: Callable[[DiagnosticValues], bool],
    measure: Callable[[DiagnosticValues, threading.Event], Numbers | None],
) -> Numbers | None:
    from ibrl_ros.ros.diagnostics_listener import diagnostics_listener

    ended = threading.Event()
    measured: list[Numbers] = []

    def watch() -> None:
        waited_s = 0.0
        while not moves(values) and waited_s < START_S and not ended.wait(0.5):
            waited_s += 0.5
        if moves(values):
            result = measure(values, ended)
            if result is not None:
                measured.append(result)
        child.stop()

    with diagnostics_listener() as values:
        watcher = threading.Thread(target=watch, name="measurement")
        watcher.start()
        try:
            child.run()
        finally:
            ended.set()
            watcher.join()
    return measured[0] if measured else None


def _fill(folder: Path, config: AgentConfig) -> None:
    """Fill a run with random demonstrations, a BC policy and a checkpoint of the untrained agent."""
    import torch

    from ibrl_ros.learning.run import Run
    from ibrl_ros.learning.synthetic import random_episode
    from ibrl_ros.learning.trainer import Trainer

    torch.set_num_threads(1)
    run = Run(folder)
    for number in range(DEMOS):
        run.demos.save(random_episode(config, 2 * number, DEMO_STEPS))  # even indices are demonstrations
    Trainer(run, config, seed=1).save()
