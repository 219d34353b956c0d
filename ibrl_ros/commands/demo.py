"""`ibrl demo`: the whole way in simulation, by the commands that a person would type one by one."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from ibrl_ros.commands.budget import budget_for, budgets_in_words
from ibrl_ros.commands.machine_lock import isolation, lock_domain, machine_lock
from ibrl_ros.commands.options import add_setting, whole_number
from ibrl_ros.commands.record import DemoRecord
from ibrl_ros.commands.report import duration, write_report
from ibrl_ros.commands.stages import Settings, Stage, differences, stages
from ibrl_ros.commands.subprocess_run import Child, Interrupted, own_tools_first

if TYPE_CHECKING:
    from ibrl_ros.learning.run import Run

HELP = "in simulation: record demonstrations, train, evaluate BC and IBRL, report"


class StageError(RuntimeError):
    """A stage that ended before it was complete."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_setting(parser, "--run", "run_dir", default="runs/demo")
    add_setting(parser, "--task", "task")
    add_setting(parser, "--robot", "robot", help="simulated, a file of robot_configs/robots, or a path")
    add_setting(parser, "--agent", "agent")
    add_setting(parser, "--seed", "seed")
    demos_help = f"demonstrations by the scripted operator; 0: {budgets_in_words('num_demos')}"
    parser.add_argument("--num-demos", type=whole_number(0), default=0, help=demos_help)
    add_setting(parser, "--operator-noise", "operator_noise")
    steps_help = f"environment steps; 0: {budgets_in_words('max_steps')}"
    parser.add_argument("--max-steps", type=whole_number(0), default=0, help=steps_help)
    add_setting(parser, "--eval-episodes", "num_episodes", help="for BC and for IBRL each")


def run(args: argparse.Namespace) -> int:
    """Go through the stages that are not complete, then report.

    Returns:
        0 when the report is written; 1 when a stage fails; 128 + number after a signal.

    Raises:
        ConfigError: unknown task, robot or agent.
        RunError: another demo is running in the folder.
    """
    from ibrl_ros.config import load_agent, load_robot, load_task
    from ibrl_ros.learning.run import Run, RunError

    settings, folder = wanted_settings(args), Path(args.run)
    # An unknown one should fail now, not in the second stage.
    load_task(settings.task)
    load_robot(settings.robot)
    load_agent(settings.agent)
    with machine_lock(f"run {folder.resolve()}") as free, lock_domain() as domain:
        if not free:
            raise RunError(f"another demo runs in {folder}: wait for it, or choose another --run")
        make_room(folder, settings)
        try:
            _run_stages(Run(folder), settings, domain)
        except Interrupted as interruption:
            print(f"\nInterrupted. What was done is in {folder}; the same command goes on from there.")
            return 128 + interruption.number
        except StageError as error:
            print(f"\nibrl demo: {error}\nThe same command tries again from there.", file=sys.stderr)
            return 1
        write_report(Run(folder))
    return 0


def wanted_settings(args: argparse.Namespace) -> Settings:
    """The settings that the command line asks for."""
    usual = budget_for(args.task, args.agent)
    return Settings(
        task=args.task,
        robot=args.robot,
        agent=args.agent,
        seed=args.seed,
        num_demos=args.num_demos or usual.num_demos,
        operator_noise=args.operator_noise,
        max_steps=args.max_steps or usual.max_steps,
        eval_episodes=args.eval_episodes,
    )


def make_room(folder: Path, settings: Settings) -> Path | None:
    """Move a folder aside that holds something else than the demo of these settings.

    Returns:
        Where it is now; None if it stays.
    """
    if not folder.exists() or not any(folder.iterdir()):
        return None
    recorded = DemoRecord.load(folder).settings
    why = differences(recorded, settings) if recorded else ["it is not a demo's"]
    if not why:
        return None
    number = 1
    while (aside := folder.with_name(f"{folder.name}-{number}")).exists():
        number += 1
    folder.rename(aside)
    print(f"{folder} holds another run: {', '.join(why)}. Moved to {aside}.\n")
    return aside


def _run_stages(run: Run, settings: Settings, domain: int) -> None:
    record = DemoRecord.load(run.folder)
    record.settings = asdict(settings)
    record.save(run.folder)
    left = [stage for stage in stages(settings) if not stage.complete(run)]
    if not left:
        print(f"{run.folder} is finished already, with these settings. Remove the folder to begin again.\n")
    for stage in left:
        _run_stage(stage, run, stage.command(run, settings), domain, record)


def _run_stage(stage: Stage, run: Run, command: list[str], domain: int, record: DemoRecord) -> None:
    """Launch a stage and check in the run's folder that it got to its end; `ros2 launch` doesn't tell.

    Raises:
        StageError: it did not, or there is no ros2 command.
        Interrupted: by a signal.
    """
    isolated = isolation(domain)
    settings = " ".join(f"{key}={value}" for key, value in isolated.items())
    print(f"$ {settings} {shlex.join(command)}", flush=True)
    child = Child(command, own_tools_first({**os.environ, "PYTHONUNBUFFERED": "1", **isolated}))
    started = time.monotonic()
    try:
        status = child.run()
    except FileNotFoundError as error:
        raise StageError(f"{error}: source ROS 2, or run '. .venv/bin/activate'") from error
    finally:
        record.spent(stage.name, time.monotonic() - started)
        record.save(run.folder)
    done = stage.done(run)
    if done < stage.wanted:
        raise StageError(
            f"{stage.name} ended (exit status {status}) with {done:,} of {stage.wanted:,} {stage.unit}.\n"
            f"{child.reason() or 'Its output above says more.'}"
        )
    print(f"{stage.name}: {done:,} {stage.unit}, {duration(record.seconds[stage.name])}\n", flush=True)
