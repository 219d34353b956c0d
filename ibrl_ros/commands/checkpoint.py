"""`ibrl checkpoint`: imports and exports a run's weights as files of the published implementation."""

from __future__ import annotations

import argparse
from pathlib import Path

from ibrl_ros.commands.options import add_setting

HELP = "import or export weights in the layout of the published implementation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("action", choices=["import", "export"], help="into the run, or out of it")
    parser.add_argument("part", choices=["agent", "bc"], help="the RL agent's networks, or the BC policy")
    parser.add_argument("file", type=Path, help="a state_dict written by torch.save")
    add_setting(parser, "--run", "run_dir", help="folder of the run, with demonstrations")
    add_setting(parser, "--agent", "agent")
    add_setting(parser, "--seed", "seed", help="import: seed; use that of the training")
    add_setting(parser, "--device", "device")


def run(args: argparse.Namespace) -> int:
    """Import or export the weights.

    Raises:
        ConfigError: no such agent.
        RunError: the run has no demonstrations or weights, or the weights have other shapes.
        WeightsError: the file holds no weights.
    """
    import torch

    from ibrl_ros.commands.bc import print_progress
    from ibrl_ros.config import load_agent
    from ibrl_ros.learning import published_files
    from ibrl_ros.learning.run import Run
    from ibrl_ros.rl.device import find_device

    torch.set_num_threads(1)
    config, folder = load_agent(args.agent), Run(args.run).require()
    if args.action == "export":
        export = published_files.export_agent if args.part == "agent" else published_files.export_bc
        export(folder, config, args.file)
        print(f"wrote {args.file}")
        return 0
    folder.hold("weights", "ibrl checkpoint import")
    device = find_device(args.device)
    if args.part == "bc":
        published_files.import_bc(folder, config, args.file)
        print(f"BC policy: {folder.bc}")
    else:
        published_files.import_agent(folder, config, args.seed, args.file, print_progress, device)
        print(f"checkpoint: {folder.checkpoints / 'last'}")
    return 0
