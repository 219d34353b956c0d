"""`ibrl bc`: trains the BC policy of a run, as train_online does before RL training."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ibrl_ros.commands.options import add_setting

if TYPE_CHECKING:
    from torch import Tensor

HELP = "train the behaviour-cloning policy of a run's demonstrations, without the robot"
PROGRESS_LINES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_setting(parser, "--run", "run_dir", help="folder of the run, with demonstrations")
    add_setting(parser, "--agent", "agent")
    parser.add_argument(
        "--with-interventions",
        action="store_true",
        help="also learn from the steps at which a person took over; resumed training uses this policy",
    )
    add_setting(parser, "--seed", "seed", help="seed; use that of the training")
    add_setting(parser, "--device", "device")
    add_setting(parser, "--threads", "threads", help="processor threads; training uses 1")


def run(args: argparse.Namespace) -> int:
    """Train the BC policy, unless the run has one for these demonstrations, agent and seed.

    Raises:
        ConfigError: no such agent.
        RunError: no run folder, one in use, no demonstrations or interventions, or an episode without the
            agent's observations.
    """
    import torch

    from ibrl_ros.config import load_agent
    from ibrl_ros.learning.imitation import demonstrations, obtain_bc
    from ibrl_ros.learning.interventions import choose_interventions, chosen_interventions
    from ibrl_ros.learning.run import Run, RunError
    from ibrl_ros.learning.tensors import observation_spec
    from ibrl_ros.rl.device import find_device

    torch.set_num_threads(args.threads)
    config, folder = load_agent(args.agent), Run(args.run).require()
    folder.hold("weights", "ibrl bc")
    demos = demonstrations(folder)
    interventions = choose_interventions(folder) if args.with_interventions else chosen_interventions(folder)
    try:
        for episode in (*demos, *interventions):
            observation_spec(episode, config)
    except ValueError as error:
        raise RunError(str(error)) from error
    print(f"{len(demos)} demonstrations of {sum(map(len, demos))} steps in {folder.demos.folder}")
    if interventions:
        steps = sum(int(episode.interventions.sum()) for episode in interventions)
        print(f"{steps} steps of a person in {len(interventions)} episodes of {folder.replay.folder}")
    obtain_bc(folder, demos, config, args.seed, print_progress, find_device(args.device))
    print(f"BC policy: {folder.bc}")
    return 0


def print_progress(step: int, steps: int, loss: Tensor) -> None:
    """Print the progress of training, at most about PROGRESS_LINES lines in all."""
    if step == steps or step % max(1, steps // PROGRESS_LINES) == 0:
        print(f"step {step:,}/{steps:,}, loss {loss:.4f}", flush=True)
