"""The `ibrl` command."""

from __future__ import annotations

import argparse
import sys

from ibrl_ros.commands import (
    bc,
    bench,
    benchmark,
    checkpoint,
    demo,
    doctor,
    export_episodes,
    import_episodes,
    list_extensions,
    report,
    verify,
)
from ibrl_ros.commands.options import CommandParser

COMMANDS = {
    "demo": demo,
    "report": report,
    "verify": verify,
    "bc": bc,
    "bench": bench,
    "benchmark": benchmark,
    "checkpoint": checkpoint,
    "doctor": doctor,
    "export": export_episodes,
    "import": import_episodes,
    "list": list_extensions,
}


def main() -> None:
    """Run a subcommand; exits with 1 and a line on stderr for what the person who typed it can put right."""
    args = make_parser().parse_args()
    # Only now: what follows loads libraries, and --help shouldn't wait for them.
    from ibrl_ros.config import ConfigError
    from ibrl_ros.learning.run import RunError
    from ibrl_ros.learning.weights_error import WeightsError

    try:
        sys.exit(args.run_command(args))
    except (ConfigError, RunError, WeightsError, FloatingPointError, OSError) as error:
        sys.exit(f"ibrl: {error}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        sys.exit("ibrl: this needs PyTorch, which isn't installed: pip install -e '.[learn]' in the checkout")
    except KeyboardInterrupt:
        sys.exit(130)


def make_parser() -> argparse.ArgumentParser:
    """The command line of `ibrl`."""
    parser = argparse.ArgumentParser(
        prog="ibrl", description="Imitation Bootstrapped Reinforcement Learning on real robots, with ROS 2."
    )
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=CommandParser)
    for name, module in COMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=module.HELP, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        module.add_arguments(subparser)
        subparser.set_defaults(run_command=module.run)
    return parser


if __name__ == "__main__":
    main()
