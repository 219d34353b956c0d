"""`ibrl benchmark`: trains methods on tasks with several seeds, one process each; writes table and curves."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ibrl_ros.commands.options import add_setting, setting, whole_number

if TYPE_CHECKING:
    from ibrl_ros.benchmark.suite import Cell, Suite
    from ibrl_ros.commands.pool import Ended

#: Whose jobs cells may be, see cluster.run_jobs.
CLUSTERS = ("slurm", "local")
HELP = "train methods on tasks with several seeds, without ROS: success over steps, a table and curves"
Value = TypeVar("Value", str, int)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "suite",
        help="file of robot_configs/suites, or a path; or the results.jsonl of a report, whose tables and "
        "curves are drawn again",
    )
    parser.add_argument(
        "--out", type=Path, help="folder of the results, also to resume; default: runs/benchmarks/SUITE"
    )
    parser.add_argument(
        "--jobs", type=whole_number(1, 10**4), help="processes at a time; default: one per processor core"
    )
    parser.add_argument(
        "--on",
        choices=["here", *CLUSTERS],
        default="here",
        help="here: processes of this machine; slurm: jobs of a cluster, whose machines share the folder; "
        "local: such jobs on this machine, all at once, for a trial",
    )
    parser.add_argument(
        "--slurm",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="option of sbatch, such as partition=gpu, time=600 (minutes), mem=16GB; may be repeated",
    )
    parser.add_argument("--task", action="append", help="run only this task; may be repeated")
    parser.add_argument("--method", action="append", help="run only this method; may be repeated")
    parser.add_argument(
        "--seed", action="append", type=setting("seed"), help="run only this seed; may be repeated"
    )
    add_setting(parser, "--device", "device")
    parser.add_argument("--steps", type=whole_number(1), help="environment steps of every task, for a trial")
    parser.add_argument("--report", action="store_true", help="only write table and curves of the results")


def run(args: argparse.Namespace) -> int:
    """Run the unfinished cells, then write the report.

    Returns:
        0; 1 if a cell failed; 130 after Ctrl-C.

    Raises:
        ConfigError: no such suite, task, method or seed, or an agent that can't be used.
        RunError: the folder holds results of other settings.
    """
    from ibrl_ros.benchmark.report import ROWS, draw_again, write_report
    from ibrl_ros.benchmark.suite import load_suite

    if Path(args.suite).name == ROWS:
        print(draw_again(Path(args.suite)))
        return 0
    suite = load_suite(args.suite)
    chosen = choose(suite, args)
    out = args.out or Path("runs/benchmarks") / Path(args.suite).stem
    left = {} if args.report else begin(chosen, out)
    try:
        failed = run_cells(left, out, args) if left else 0
    except KeyboardInterrupt:
        print(f"\nInterrupted. The results so far are in {out}; run the same command to resume.")
        return 130
    print(write_report(chosen, suite.reference, out))
    return int(failed > 0)


def choose(suite: Suite, args: argparse.Namespace) -> list[Cell]:
    """The cells of a suite selected by the options.

    Raises:
        ConfigError: the suite has no such task, method or seed, or an agent can't be used.
    """
    from ibrl_ros.benchmark.suite import cells

    tasks = _chosen("task", args.task, list(suite.tasks))
    methods = _chosen("method", args.method, list(suite.methods))
    seeds = _chosen("seed", args.seed, suite.seeds)
    if args.steps is not None:
        plans = {name: plan.model_copy(update={"steps": args.steps}) for name, plan in suite.tasks.items()}
        suite = suite.model_copy(update={"tasks": plans})
    return [
        cell
        for cell in cells(suite)
        if cell.environment in tasks and cell.method in methods and cell.seed in seeds
    ]


def begin(chosen: Sequence[Cell], out: Path) -> dict[Path, Cell]:
    """Create the runs of all cells, and return the unfinished cells by their log files.

    Raises:
        ConfigError: a task can't be used.
        RunError: the folder holds results of other settings.
    """
    from ibrl_ros.benchmark.cell import prepare
    from ibrl_ros.benchmark.environments import require_environment
    from ibrl_ros.benchmark.results import read_result

    for environment in {cell.environment: None for cell in chosen}:
        require_environment(environment)
    logs = {prepare(cell, out).folder / "log.txt": cell for cell in chosen}
    return {log: cell for log, cell in logs.items() if not read_result(cell, out).finished}


def run_cells(left: Mapping[Path, Cell], out: Path, args: argparse.Namespace) -> int:
    """Run cells in processes of this machine, or in a cluster's jobs, and print the outcome of each.

    Returns:
        The number of failed cells.

    Raises:
        ConfigError: the cluster isn't there, or has no such option.
    """
    from ibrl_ros.benchmark.provenance import note_start
    from ibrl_ros.commands.cluster import run_jobs, slurm_options
    from ibrl_ros.commands.pool import run_all

    options, jobs = slurm_options(args.slurm), args.jobs or len(os.sched_getaffinity(0))
    note_start(out, sys.argv[1:], jobs)
    print(f"{len(left)} to run, {jobs} at a time", flush=True)
    module = [sys.executable, "-m", "ibrl_ros.benchmark.cell", str(out)]
    commands = {log: [*module, str(log.parent), args.device] for log in left}
    results = (
        run_all(commands, jobs)
        if args.on == "here"
        else run_jobs(commands, jobs, out / "jobs", args.on, options)
    )
    failed = 0
    for number, ended in enumerate(results, 1):
        cell = left[ended.log]
        failed += ended.status != 0
        print(f"[{number}/{len(left)}] {cell}: {_outcome(cell, ended, out)}", flush=True)
    return failed


def _outcome(cell: Cell, ended: Ended, out: Path) -> str:
    from ibrl_ros.benchmark.results import read_result
    from ibrl_ros.commands.pool import last_lines

    if ended.status != 0:
        return f"failed with exit status {ended.status}; {ended.log} ends with\n{last_lines(ended.log)}"
    last = read_result(cell, out).rows[-1]
    return f"{last.success:.0%} after {last.env_steps:,} steps, {ended.seconds:.0f} s"


def _chosen(kind: str, wanted: Sequence[Value] | None, known: Sequence[Value]) -> Sequence[Value]:
    """The wanted values in the suite's order; all values if none is named."""
    from ibrl_ros.config import ConfigError

    unknown = [value for value in wanted or () if value not in known]
    if unknown:
        raise ConfigError(f"the suite has no {kind} {unknown[0]!r}; it has {', '.join(map(str, known))}")
    return [value for value in known if not wanted or value in wanted]
