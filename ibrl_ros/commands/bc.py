"""`ibrl bc`: trains the BC policy of a run on its own, as train_online would do first."""

from __future__ import annotations

import argparse

from ibrl_ros.commands.options import SEED, THREADS, folder

HELP = "train the behaviour-cloning policy of a run's demonstrations, without the robot"
PROGRESS_LINES = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--run", type=folder, default="runs/default", help="folder of the run, with demonstrations"
    )
    parser.add_argument("--agent", default="small_pixels", help="file of robot_configs/agents, or a path")
    parser.add_argument(
        "--with-interventions",
        action="store_true",
        help="learn from the steps at which a person took over so far, too; "
        "training that is resumed goes on with this policy",
    )
    parser.add_argument("--seed", type=SEED, default=1, help="the one that training will have")
    parser.add_argument(
        "--threads", type=THREADS, default=1, help="processor threads; 1 is what training uses"
    )


def run(args: argparse.Namespace) -> int:
    """Train unless the policy for these demonstrations, agent and seed is there.

    Raises:
        ConfigError: no such agent.
        RunError: no run folder, one in use, or without demonstrations or interventions that the
            agent can see.
    """
    import torch

    from ibrl_ros.config import load_agent
    from ibrl_ros.learning.imitation import demonstrations, obtain_bc
    from ibrl_ros.learning.interventions import choose_interventions, chosen_interventions
    from ibrl_ros.learning.run import Run, RunError
    from ibrl_ros.learning.tensors import observation_spec

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
    obtain_bc(folder, demos, config, args.seed, print_progress)
    print(f"BC policy: {folder.bc}")
    return 0


def print_progress(step: int, steps: int, loss: float) -> None:
    """A line now and then."""
    if step == steps or step % max(1, steps // PROGRESS_LINES) == 0:
        print(f"step {step:,}/{steps:,}, loss {loss:.4f}", flush=True)
