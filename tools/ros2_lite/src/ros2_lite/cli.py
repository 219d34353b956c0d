"""The `ros2` command: launch, run and pkg."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from ament_index_python.packages import get_package_prefix, get_packages_with_prefixes
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource, load_launch_file
from launch.substitution import describe

from launch import LaunchDescription, LaunchService

from . import packages
from .missing import ADVICE


class _Parser(argparse.ArgumentParser):
    """Says in every usage error that this isn't the genuine command."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: error: {message}\n{self.prog}: if it is right for ROS 2: {ADVICE}\n")


def main() -> None:
    """Entry point. Exits with 1 and a line on stderr for what can't be found, 2 for a wrong command line."""
    packages.use_own_prefix()
    args = _parser().parse_args()
    try:
        sys.exit(args.command(args))
    except (LookupError, OSError, RuntimeError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(signal.SIGINT)


def _parser() -> _Parser:
    parser = _Parser(prog="ros2", description="A small stand-in for the ros2 command.")
    commands = parser.add_subparsers(required=True, metavar="{launch,run,pkg}")

    launch = commands.add_parser("launch", help="Run a launch file")
    launch.add_argument("-d", "--debug", action="store_true", help="Show the traceback of an error")
    launch.add_argument("-n", "--noninteractive", action="store_true", help="No difference here")
    launch.add_argument(
        "-s", "--show-args", "--show-arguments", action="store_true", help="Show the launch file's arguments"
    )
    launch.add_argument(
        "-a", "--show-all-subprocesses-output", action="store_true", help="Show all output of all processes"
    )
    launch.add_argument("package_name", help="The package, or the launch file's path")
    launch.add_argument("launch_file_name", nargs="?", help="The launch file's name")
    launch.add_argument("launch_arguments", nargs="*", help="<name>:=<value>; the last of a name counts")
    launch.set_defaults(command=_launch)

    run = commands.add_parser("run", help="Run a package's executable")
    run.add_argument("package_name")
    run.add_argument("executable_name")
    run.add_argument("argv", nargs=argparse.REMAINDER)
    run.set_defaults(command=_run)

    pkg = commands.add_parser("pkg", help="Look at packages").add_subparsers(required=True)
    pkg.add_parser("list").set_defaults(command=_pkg_list)
    prefix = pkg.add_parser("prefix")
    prefix.add_argument("package_name")
    prefix.set_defaults(command=_pkg_prefix)
    executables = pkg.add_parser("executables")
    executables.add_argument("package_name")
    executables.set_defaults(command=_pkg_executables)
    return parser


def _launch(args: argparse.Namespace) -> int:
    path, arguments = _launch_file(args)
    if args.show_args:
        _print_arguments(load_launch_file(path))
        return 0
    if args.show_all_subprocesses_output:
        os.environ["OVERRIDE_LAUNCH_PROCESS_OUTPUT"] = "both"
    include = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(str(path)), launch_arguments=_parse_arguments(arguments).items()
    )
    service = LaunchService(argv=arguments, debug=args.debug)
    service.include_launch_description(include)
    return service.run()


def _launch_file(args: argparse.Namespace) -> tuple[Path, list[str]]:
    """The launch file's path and the `name:=value` arguments: PKG FILE [args], or PATH [args]."""
    first, second = args.package_name, args.launch_file_name
    path = Path(first)
    if path.is_file():
        return path, [*([second] if second is not None else []), *args.launch_arguments]
    if second is None:
        raise LookupError(f"No launch file supplied: '{first}' is no file")
    try:
        packages.find_share(first)
    except LookupError as error:
        raise LookupError(f"Package '{first}' not found: {error}") from None
    return packages.find_in_share(first, second), args.launch_arguments


def _parse_arguments(arguments: list[str]) -> dict[str, str]:
    parsed = {}
    for argument in arguments:
        name, separator, value = argument.partition(":=")
        if not (name and separator and value):
            raise RuntimeError(f"malformed launch argument '{argument}', expected format '<name>:=<value>'")
        parsed[name] = value
    return parsed


def _print_arguments(description: LaunchDescription) -> None:
    print("Arguments (pass arguments as '<name>:=<value>'):")
    arguments = description.get_launch_arguments()
    for argument, conditional in arguments:
        print(f"\n    '{argument.name}':{'*' if conditional else ''}\n        {argument.description}")
        if argument.default_value is not None:
            print(f"        (default: {describe(argument.default_value)})")
    if any(conditional for _, conditional in arguments):
        print("\n* argument(s) which are only used if specific conditions occur")
    if not arguments:
        print("\n  No arguments.")


def _run(args: argparse.Namespace) -> NoReturn:
    path = str(packages.find_executable(args.package_name, args.executable_name))
    os.execv(path, [path, *args.argv])  # so that signals and the exit status are the executable's own


def _pkg_list(_: argparse.Namespace) -> None:
    for name in sorted(get_packages_with_prefixes()):
        print(name)


def _pkg_prefix(args: argparse.Namespace) -> None:
    packages.find_share(args.package_name)
    print(get_package_prefix(args.package_name))


def _pkg_executables(args: argparse.Namespace) -> None:
    for path in packages.executables(args.package_name):
        print(args.package_name, path.name)
