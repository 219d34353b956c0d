"""`ibrl bench latency`: how old a picture is when the arm is first told of what follows from it.

The real launch runs on the wall clock, with an agent of full size that has learned next to nothing. Times are
between stamps: from the capture of an observation's oldest input to the first target pose after its action.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ibrl_ros.commands.child import Child, Interrupted, own_tools_first
from ibrl_ros.commands.claims import claim_domain, isolation

if TYPE_CHECKING:
    from ibrl_ros.rl.config import AgentConfig
    from ibrl_ros.ros.hearing import Heard

#: The launch is given up if no action has come by then; BC and its proposals take the longest.
START_S = 180.0
ENDLESS = 1_000_000
DEMOS, DEMO_STEPS, BC_STEPS = 3, 50, 5
#: What is taken from each node's status: keys, or how they begin.
MEASURED = {
    "robot_node": ("actions", "latency_"),
    "policy_node": ("ticks", "skipped", "lateness_"),
    "learner_node": ("updates",),
}


def run(args: argparse.Namespace) -> int:
    """Measure and print one JSON line; what the launch says goes to stderr.

    Returns:
        0, or 1 when the launch ended before it was measured; 128 + number after a signal.

    Raises:
        ConfigError: no such agent, or one that sees no pictures.
    """
    with tempfile.TemporaryDirectory(prefix="ibrl_latency_") as folder, claim_domain() as domain:
        command = prepare(Path(folder), args.agent, learner=args.learner)
        os.environ.update(isolation(domain))
        child = Child(command, own_tools_first(dict(os.environ)), sys.stderr.buffer)
        try:
            heard = measure(child, args.seconds)
        except Interrupted as interruption:
            return 128 + interruption.number
    if heard is None:
        print(f"ibrl bench: the launch ended before it was measured. {child.reason()}", file=sys.stderr)
        return 1
    about = {"agent": args.agent, "learner": args.learner, "seconds": args.seconds}
    print(json.dumps({"bench": "latency", **about, **numbers(heard)}))
    return 0


def prepare(folder: Path, agent: str, *, learner: bool) -> list[str]:
    """Make a run whose agent has the right size, and the command that launches it.

    Raises:
        ConfigError: no such agent, or one that sees no pictures.
    """
    from ibrl_ros.config import ConfigError, load_agent

    config = load_agent(agent)
    if config.observation != "pixels":
        raise ConfigError(f"agent {agent} sees no pictures: take one that does, such as small_pixels")
    hasty = config.bc.model_copy(update={"steps": BC_STEPS})
    config = config.model_copy(update={"warmup_episodes": 0, "bc": hasty})
    path = folder / "agent.yaml"
    path.write_text(yaml.safe_dump(config.model_dump(mode="json")))
    _fill(folder / "run", config)
    arguments = {"agent": path, "run_dir": folder / "run", "sim": "true", "clock": "real_time"}
    name, until = ("train_online", "max_steps") if learner else ("evaluate", "num_episodes")
    words = [f"{key}:={value}" for key, value in {**arguments, until: ENDLESS}.items()]
    return ["ros2", "launch", "ibrl_ros", f"{name}.launch.py", *words]


def measure(child: Child, seconds: float) -> Heard | None:
    """Run the launch until it has acted for so long; what its nodes said last, None if it ended before.

    Raises:
        Interrupted: by a signal.
    """
    from ibrl_ros.ros.hearing import heard_diagnostics

    ended = threading.Event()
    measured: list[Heard] = []

    def watch() -> None:
        waited_s = 0.0
        while not acting(heard) and waited_s < START_S and not ended.wait(0.5):
            waited_s += 0.5
        if acting(heard) and not ended.wait(seconds):
            measured.append(dict(heard))
        child.stop()

    with heard_diagnostics() as heard:
        watcher = threading.Thread(target=watch, name="measurement")
        watcher.start()
        try:
            child.run()
        finally:
            ended.set()
            watcher.join()
    return measured[0] if measured else None


def acting(heard: Heard) -> bool:
    """Whether the robot has been told of an action."""
    return "actions" in heard.get("robot_node", {})


def numbers(heard: Heard) -> dict[str, float]:
    """Latency from robot_node, lateness and skipped ticks from policy_node, updates from the learner."""
    return {
        key: float(value)
        for node, wanted in MEASURED.items()
        for key, value in heard.get(node, {}).items()
        if key.startswith(wanted)
    }


def _fill(folder: Path, config: AgentConfig) -> None:
    """Demonstrations of random numbers, a BC policy, and a checkpoint of the agent as it is made."""
    import torch

    from ibrl_ros.learning.run import Run
    from ibrl_ros.learning.synthetic import random_episode
    from ibrl_ros.learning.trainer import Trainer

    torch.set_num_threads(1)
    run = Run(folder)
    for number in range(DEMOS):
        run.demos.save(random_episode(config, 2 * number, DEMO_STEPS))  # even ones are demonstrations
    Trainer(run, config, seed=1).save()
