"""`ibrl bench franka`: measures whether this computer sends a Franka robot its commands in time.

Run it before the robot moves for the first time. It connects through libfranka and holds the arm at its
present pose. No other program may be connected to the robot.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibrl_ros.franka.arm import Arm
    from ibrl_ros.franka.cycles import Times

SETTLING_S = 0.5
LOOK_S = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--robot", default="fr3_libfranka", help="franka: file of robot_configs/robots, or a path"
    )
    parser.add_argument("--address", help="franka: address of the robot; default: that of its file")


def run(args: argparse.Namespace) -> int:
    """Hold the arm for `--seconds`; print the measurement as one JSON line, and a verdict.

    Returns:
        0 if the robot got enough commands in time, else 1.

    Raises:
        ConfigError: the robot has another interface than libfranka, or can't be reached.
    """
    from ibrl_ros.config import ConfigError, load_robot
    from ibrl_ros.franka.arm import Arm, limits_of
    from ibrl_ros.franka.errors import ArmError

    robot = load_robot(args.robot)
    if robot.libfranka is None:
        raise ConfigError(f"robot {robot.name!r} has another interface than libfranka")
    config = robot.libfranka
    if args.address:
        config = config.model_copy(update={"address": args.address})
    try:
        arm = Arm(config, limits_of(robot, config))
    except ArmError as error:
        raise ConfigError(str(error)) from error
    measured = hold(arm, args.seconds)
    sentence = verdict(measured)
    print(json.dumps({"bench": "franka", "robot": robot.name, "address": config.address, **measured}))
    print(sentence)
    return 0 if sentence.startswith("good") else 1


def hold(arm: Arm, seconds: float) -> dict[str, object]:
    """Hold the arm, disconnect, and return the measurement.

    Args:
        arm: the connected arm.
        seconds: duration of the measurement, s.
    """
    rates = []
    try:
        time.sleep(SETTLING_S)
        skipped, until_s = arm.skipped_cycles, time.monotonic() + seconds
        while time.monotonic() < until_s and not arm.fault:
            rates.append(arm.state.success_rate)
            time.sleep(LOOK_S)
        fault, missed = arm.fault, arm.skipped_cycles - skipped
    finally:
        times = arm.close()
    cycles = times.period.number
    return {
        "seconds": seconds,
        "success_rate": round(sum(rates) / max(1, len(rates)), 4),
        "success_rate_lowest": round(min(rates, default=0.0), 4),
        "cycles": cycles,
        "missed_cycles": missed,
        "in_time": round(cycles / max(1, cycles + missed), 4),
        "work_us": _microseconds(times.work),
        "period_us": _microseconds(times.period),
        "priority": arm.realtime.priority,
        "memory_locked": arm.realtime.memory_locked,
        "not_permitted": list(arm.realtime.missing),
        "fault": fault,
    }


def verdict(measured: dict[str, object]) -> str:
    """The verdict as one sentence; it begins with `good` if the robot may be moved from this computer."""
    if measured["fault"]:
        return f"not good: {measured['fault']}"
    from ibrl_ros.franka.success import FAIR_RATE

    rate = min(float(str(measured["success_rate"])), float(str(measured["in_time"])))
    said = f"the robot got {rate:.1%} of the commands in time"
    if rate >= FAIR_RATE:
        return f"good: {said}, {FAIR_RATE:.0%} or more is fair"
    return (
        f"not good: {said}, {FAIR_RATE:.0%} or more is fair. Use a PREEMPT_RT kernel and the `performance` "
        "governor, connect the cable without a switch, and close other programs"
    )


def _microseconds(times: Times) -> dict[str, int]:
    parts = {f"p{part:g}": times.percentile_s(part) for part in (50, 99, 99.9)}
    return {name: round(1e6 * value) for name, value in {**parts, "max": times.longest_s}.items()}
