"""`ibrl bench`: measures the time of an update, action, sample or simulated step; prints one JSON line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from ibrl_ros.commands import bench_agent, bench_franka, bench_latency, bench_lockstep
from ibrl_ros.commands.bench_agent import EPISODE_STEPS, EPISODES, percentiles, times_ms
from ibrl_ros.commands.options import add_setting, number, whole_number
from ibrl_ros.ros.settings import SETTINGS

if TYPE_CHECKING:
    from ibrl_ros.rl.config import AgentConfig

HELP = "measure updates, actions, the replay buffer or the simulation on this machine"
WARM_UP = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "what",
        choices=sorted([*MEASUREMENTS, *RUNNERS]),
        help="update: updates, sampling included; act: actions, BC included; replay: the buffer; "
        "environment: a simulated step, with the agent's cameras; latency: from camera image or hand pose "
        "to target pose, in a launch with simulation; lockstep: steps per second of such a launch without "
        "waiting; franka: share of commands that reach a real robot in time through libfranka",
    )
    add_setting(parser, "--task", "task", help="environment: file of robot_configs/tasks, or a path")
    add_setting(parser, "--agent", "agent")
    parser.add_argument(
        "--batch", type=whole_number(1, 10**6), help="transitions per update; default: the agent's"
    )
    add_setting(parser, "--device", "device")
    add_setting(parser, "--threads", "threads", help="processor threads")
    parser.add_argument("--precision", choices=["fp32", "bf16"], help="update: default: the agent's")
    parser.add_argument(
        "--seconds",
        type=number(86400.0),
        help="latency, lockstep, franka: duration of the measurement; default: 60, franka 10",
    )
    parser.add_argument("--learner", action="store_true", help="latency, lockstep: also start the learner")
    parser.add_argument(
        "--teleop", action="store_true", help="latency: from the hand pose; the scripted operator moves it"
    )
    parser.add_argument(
        "--repeats", type=whole_number(1), help="number of timed calls; default: 20 for update, else 500"
    )
    bench_franka.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Run the measurement and print its result as one JSON line.

    Raises:
        ConfigError: no such agent or task.
    """
    if args.what in RUNNERS:
        args.seconds = args.seconds or (10.0 if args.what == "franka" else 60.0)
        return RUNNERS[args.what](args)
    import torch

    from ibrl_ros.config import load_agent
    from ibrl_ros.config.loader import parse_agent
    from ibrl_ros.rl.allocator import keep_freed_memory
    from ibrl_ros.rl.device import find_device

    torch.set_num_threads(args.threads)
    keep_freed_memory()
    given = {"batch_size": args.batch, "precision": args.precision}
    changes = {key: value for key, value in given.items() if value is not None}
    config = parse_agent(f"agent {args.agent}", {**load_agent(args.agent).model_dump(), **changes})
    measure, device = MEASUREMENTS[args.what], find_device(args.device)
    if args.what == "environment":
        measure = partial(measure_environment, task=args.task)
    elif args.what in ("update", "act"):
        measure = partial(measure, device=device)
    measured = measure(config, args.repeats or (20 if args.what == "update" else 500))
    print(json.dumps({"bench": args.what, "agent": args.agent, "threads": args.threads, **measured}))
    return 0


def measure_replay(config: AgentConfig, repeats: int) -> Mapping[str, object]:
    """Memory of the replay buffer, memory of its raw frames, and times of one sample."""
    import numpy as np

    from ibrl_ros.learning.synthetic import filled_buffer

    buffer, rng = filled_buffer(config, EPISODES, EPISODE_STEPS), np.random.default_rng(0)
    frames = 3 * config.image_size**2 * len(config.observed_cameras)
    times = _measured(lambda: buffer.sample(config.batch_size, rng), repeats)
    return {
        "batch": config.batch_size,
        "transitions": buffer.num_transitions,
        "bytes_a_transition": round(buffer.nbytes / buffer.num_transitions),
        "frame_bytes_a_transition": frames,
        "samples_a_second": round(1000 * config.batch_size / times["p50_ms"]),
        **times,
    }


def measure_environment(
    config: AgentConfig, repeats: int, task: str = str(SETTINGS["task"].default)
) -> Mapping[str, object]:
    """Times of a simulated step with random actions: physics, the agent's camera images, new scenes."""
    from ibrl_ros.sim.env import TaskEnv

    cameras = config.observed_cameras
    environment = TaskEnv(task, cameras, config.image_size)
    environment.action_space.seed(0)
    environment.reset(seed=0)

    def step() -> None:
        _, _, terminated, truncated, _ = environment.step(environment.action_space.sample())
        if terminated or truncated:
            environment.reset()

    times = _measured(step, repeats)
    about = {"task": task, "cameras": cameras, "image_size": config.image_size}
    return {**about, "steps_a_second": round(1000 / times["p50_ms"]), **times}


def _measured(call: Callable[[], object], repeats: int) -> dict[str, float]:
    """Percentiles of the time of one call, ms, after WARM_UP calls that are not counted."""
    times_ms(call, WARM_UP)
    return percentiles(times_ms(call, repeats))


MEASUREMENTS: dict[str, Callable[..., Mapping[str, object]]] = {
    "update": bench_agent.measure_update,
    "act": bench_agent.measure_act,
    "replay": measure_replay,
    "environment": measure_environment,
}
RUNNERS = {"latency": bench_latency.run, "lockstep": bench_lockstep.run, "franka": bench_franka.run}
