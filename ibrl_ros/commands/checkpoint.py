"""`ibrl checkpoint`: lists, pins, imports and exports a run's checkpoints."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ibrl_ros.commands.options import add_setting, whole_number

HELP = "list and pin a run's checkpoints; import or export weights in the published layout"
PARTS = {"agent": "the RL agent's networks", "bc": "the BC policy"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of each action."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="number, steps, success, and why each stays")
    add_setting(listed, "--keep", "keep", help="show why each stays with these numbers")
    pinned = actions.add_parser("pin", help="keep a checkpoint until it is unpinned")
    unpinned = actions.add_parser(
        "unpin", help="let a checkpoint go when there is no other reason to keep it"
    )
    for action in (pinned, unpinned):
        action.add_argument("number", type=whole_number(1), help="number of the checkpoint")
    imported = actions.add_parser("import", help="weights of the published implementation into the run")
    exported = actions.add_parser("export", help="weights out of the run, for the published implementation")
    for action in (imported, exported):
        action.add_argument("part", choices=list(PARTS), help="; ".join(map(": ".join, PARTS.items())))
        action.add_argument("file", type=Path, help="a state_dict written by torch.save")
        add_setting(action, "--agent", "agent")
    add_setting(exported, "--checkpoint", "checkpoint", help="last, best, or the number of a checkpoint")
    add_setting(imported, "--seed", "seed", help="seed; use that of the training")
    add_setting(imported, "--device", "device")
    for action in (listed, pinned, unpinned, imported, exported):
        add_setting(action, "--run", "run_dir", help="folder of the run")


def run(args: argparse.Namespace) -> int:
    """Do what the action says.

    Raises:
        ConfigError: no such agent.
        RunError: the run lacks the checkpoint, demonstrations or weights, or the weights have other shapes.
        WeightsError: the file holds no weights.
    """
    actions = {"list": _list, "pin": _pin, "unpin": _pin, "import": _import, "export": _export}
    actions[args.action](args)
    return 0


def _list(args: argparse.Namespace) -> None:
    from ibrl_ros.learning.checkpoint import checkpoints, number_of
    from ibrl_ros.learning.keeping import Keep, reasons, results_of
    from ibrl_ros.learning.run import Run
    from ibrl_ros.ros.setting_checks import keeping

    found = checkpoints(Run(args.run).require().checkpoints)
    print(f"{'number':>6} {'steps':>10} {'success':>8}  {'written':19}  stays as")
    for path, why in reasons(found, Keep(**keeping(args.keep))).items():
        results = results_of(path)
        success = "-" if results.success is None else f"{results.success:.0%}"
        written = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(path.stat().st_mtime))
        print(f"{number_of(path):6} {results.env_steps:10,} {success:>8}  {written}  {', '.join(why) or '-'}")


def _pin(args: argparse.Namespace) -> None:
    from ibrl_ros.learning.checkpoint import find_checkpoint
    from ibrl_ros.learning.keeping import pin, unpin
    from ibrl_ros.learning.run import Run, RunError

    try:
        chosen = find_checkpoint(Run(args.run).require().checkpoints, str(args.number))
    except LookupError as error:
        raise RunError(str(error)) from error
    if args.action == "pin":
        pin(chosen)
    else:
        unpin(chosen)
    print(f"{args.action}ned {chosen}")


def _export(args: argparse.Namespace) -> None:
    import torch

    from ibrl_ros.config import load_agent
    from ibrl_ros.learning import published_files
    from ibrl_ros.learning.run import Run

    torch.set_num_threads(1)
    config, folder = load_agent(args.agent), Run(args.run).require()
    if args.part == "agent":
        published_files.export_agent(folder, config, args.file, args.checkpoint)
    else:
        published_files.export_bc(folder, config, args.file)
    print(f"wrote {args.file}")


def _import(args: argparse.Namespace) -> None:
    import torch

    from ibrl_ros.commands.bc import print_progress
    from ibrl_ros.config import load_agent
    from ibrl_ros.learning import published_files
    from ibrl_ros.learning.run import Run
    from ibrl_ros.rl.device import find_device

    torch.set_num_threads(1)
    config, folder = load_agent(args.agent), Run(args.run).require()
    folder.hold("weights", "ibrl checkpoint import")
    if args.part == "bc":
        published_files.import_bc(folder, config, args.file)
        print(f"BC policy: {folder.bc}")
    else:
        device = find_device(args.device)
        published_files.import_agent(folder, config, args.seed, args.file, print_progress, device)
        print(f"checkpoint: {folder.checkpoints / 'last'}")
