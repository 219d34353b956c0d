"""The arguments of all launch files: defaults, descriptions, and what is wrong with a value."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

Check = Callable[[str], object]

#: Part of the name of a topic, a service or a node.
ROS_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
#: Seeds are handed on to NumPy and PyTorch, and added to; ROS parameters have 64 bits with a sign.
MAX_SEED = 2**32 - 1

#: Launch arguments that ROS 2's launch itself takes, whatever a launch file declares.
OF_LAUNCH = ("sigterm_timeout", "sigkill_timeout", "emulate_tty", "launch-prefix", "launch-prefix-filter")


class Argument(NamedTuple):
    """A launch argument.

    Attributes:
        default: its value where none is given.
        description: what it is, for `--show-args`.
        choices: the values that it can have; None for any that `check` lets pass.
        kind: the type that nodes get.
        check: raises ValueError, whose text says what is wrong with a value.
    """

    default: str
    description: str
    choices: list[str] | None = None
    kind: type = str
    check: Check | None = None

    def fault(self, text: str) -> str:
        """Why a value can't be used, in words; empty if it can."""
        if self.choices is not None and text not in self.choices:
            return f"expected one of {', '.join(self.choices)}"
        try:
            if self.check is not None:
                self.check(text)
        except (ValueError, OSError) as error:
            return str(error)
        return ""

    def value(self, text: str) -> object:
        """What a text that can be used stands for; text, unless it is a number."""
        return self.kind(text) if self.kind in (int, float) else text


def whole_number(least: int, most: int = 10**9) -> Check:
    """Lets whole numbers pass that are `least` or more, and `most` at most."""

    def check(text: str) -> None:
        if not re.fullmatch(r"0|[1-9][0-9]*", text, re.ASCII) or int(text) < least:
            raise ValueError(f"expected a whole number, {least} or more")
        if int(text) > most:
            raise ValueError(f"expected a whole number, {most} at most")

    return check


def number(most: float) -> Check:
    """Lets numbers pass from 0 to `most`."""

    def check(text: str) -> None:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 <= value < math.inf:
            raise ValueError("expected a number, 0 or more")
        if value > most:
            raise ValueError(f"expected a number, {most:g} at most")

    return check


def ros_name(text: str) -> None:
    """Lets names pass that can be part of a topic's and of a node's."""
    if not re.fullmatch(ROS_NAME, text, re.ASCII):
        raise ValueError(f"{text!r} is no name for ROS: letters, digits and _ are, a letter first")


def folder(text: str) -> None:
    """Lets paths pass at which a folder is, or can be made."""
    if not text.strip() or not text.isprintable():
        raise ValueError("expected the path of a folder")
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError("this is a file, expected a folder")


def configuration(kind: str) -> Check:
    """Lets names and paths of YAML files pass that hold a usable configuration of this kind."""

    def check(name: str) -> None:
        try:
            from pydantic import BaseModel

            from ibrl_ros.config import loader
        except ImportError:  # the `ros2` command's Python isn't that of the nodes, which look for themselves
            return

        class AnyKeys(BaseModel, extra="allow"):
            pass

        loaders = {
            "task": loader.load_task,
            "robot": loader.load_robot,
            "camera": loader.load_camera,
            "teleop": loader.load_teleop,
        }
        if kind in loaders:
            loaders[kind](name)
        else:  # an agent's own model would bring PyTorch along
            loader.load(f"{kind}s", name, AnyKeys)

    return check


def cameras(text: str) -> dict[str, str]:
    """Name and configuration of each camera of `name=config,name=config`; empty for `none`.

    Raises:
        ValueError: not of that form, a name twice, or one that ROS can't have.
    """
    pairs = [one.split("=", 1) for one in text.split(",")] if text != "none" else []
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise ValueError("expected name=config,name=config ... or none")
    found = {name: config for name, config in pairs}
    if len(found) < len(pairs):
        raise ValueError("expected each name once")
    for name in found:
        ros_name(name)
    return found


ARGUMENTS = {
    "task": Argument(
        "lift",
        "task: a file of robot_configs/tasks, or a path to a YAML",
        check=configuration("task"),
    ),
    "robot": Argument(
        "sim",
        "robot: a file of robot_configs/robots, or a path to a YAML",
        check=configuration("robot"),
    ),
    "agent": Argument(
        "small_pixels",
        "agent: a file of robot_configs/agents, or a path to a YAML",
        check=configuration("agent"),
    ),
    "run_dir": Argument(
        "runs/default", "folder of the run; the same folder resumes it", check=folder
    ),
    "sim": Argument(
        "true", "simulate robot, cameras and scene with MuJoCo", ["true", "false"], kind=bool
    ),
    "clock": Argument(
        "real_time",
        "real_time: 10 Hz on the wall clock; lockstep: as fast as the machine can (simulation only)",
        ["real_time", "lockstep"],
    ),
    "seed": Argument(
        "1", "seed of scenes, networks and every random draw", kind=int, check=whole_number(0, MAX_SEED)
    ),
    "person": Argument(
        "default",
        "who starts episodes: services: a person, through episode/start; auto: nobody is asked; "
        "default: auto in simulation, services on a robot",
        ["default", "auto", "services"],
    ),
    "cameras": Argument(
        "wrist=wrist_realsense",
        "cameras of a robot: name=config, with commas between; config: a file of robot_configs/cameras, or a "
        "path to a YAML; none: you start them yourself",
        check=cameras,
    ),
    "num_demos": Argument(
        "10", "demonstrations to record; failed ones don't count", kind=int, check=whole_number(1)
    ),
    "teleop": Argument(
        "scripted",
        "source of the person's commands; none: a teleop_node that you start yourself, or nobody",
        ["scripted", "quest", "gamepad", "spacemouse", "keyboard", "none"],
    ),
    "teleop_config": Argument(
        "default",
        "devices: a file of robot_configs/teleop, or a path to a YAML",
        check=configuration("teleop"),
    ),
    "operator_noise": Argument(
        "0.3",
        "scripted operator: noise of each command, as a part of the action range",
        kind=float,
        check=number(10.0),
    ),
    "max_steps": Argument(
        "18000", "environment steps to train for", kind=int, check=whole_number(1)
    ),
    "threads": Argument("1", "processor threads of the learner", kind=int, check=whole_number(1, 1024)),
    "policy": Argument("ibrl", "what is evaluated: ibrl, or bc alone", ["ibrl", "bc"]),
    "num_episodes": Argument(
        "50", "episodes to evaluate; their scenes depend on the seed only", kind=int, check=whole_number(1)
    ),
    "video_episodes": Argument(
        "0",
        "how many of the first episodes are filmed from the front (MP4 in the run's videos/)",
        kind=int,
        check=whole_number(0),
    ),
}  # fmt: skip


def faults(values: Mapping[str, str]) -> list[str]:
    """A sentence for each argument that can't be used, and for those that don't go together."""
    found = []
    for name, value in values.items():
        fault = ARGUMENTS[name].fault(value)
        if not fault and name == "cameras" and values.get("sim") == "false":
            fault = _camera_fault(value)
        if fault:
            found.append(f"{name}:={value}: {fault}")
    if (values.get("clock"), values.get("sim")) == ("lockstep", "false"):
        found.append("clock:=lockstep: only with sim:=true")
    if not found and {"task", "robot"} <= values.keys():
        found += _misfits(values["task"], values["robot"], values)
    return found


def _camera_fault(text: str) -> str:
    files = Argument("", "", check=configuration("camera"))
    return next(filter(None, map(files.fault, cameras(text).values())), "")


def _misfits(task: str, robot: str, values: Mapping[str, str]) -> list[str]:
    """Why robot, simulation or cameras don't go with the task; nothing if all do."""
    try:
        from ibrl_ros.config import load_robot, load_task
        from ibrl_ros.control.safety.limits import GateLimits
    except ImportError:  # as in `configuration`
        return []
    try:
        loaded = load_task(task)
        GateLimits.of(loaded, load_robot(robot))
    except ValueError as error:
        return [f"task:={task} with robot:={robot}: {error}"]
    if values.get("sim") == "true":
        fault = loaded.simulation_fault()
        return [f"task:={task} with sim:=true: {fault}"] if fault else []
    if values.get("sim") == "false" and (fault := loaded.robot_fault()):
        return [f"task:={task} with sim:=false: {fault}"]
    text = values.get("cameras", "none")
    missing = [] if text == "none" else [name for name in loaded.watched_cameras if name not in cameras(text)]
    if not missing:
        return []
    return [
        f"task:={task} with cameras:={text}: the task looks at {', '.join(missing)} too: add "
        f"{missing[0]}=config, or start all cameras yourself, with cameras:=none"
    ]


def unknown(given: Iterable[str], declared: Iterable[str]) -> list[str]:
    """A sentence for each name that is given and not declared, with the one that is most like it."""
    known = list(declared)
    found = []
    for name in given:
        if name not in known and name not in OF_LAUNCH:
            near = difflib.get_close_matches(name, known, 1)
            meant = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
            found.append(f"{name}: unknown argument; {meant}")
    return found
