"""What is wrong with the arguments of a launch: each by itself, all together, unknown names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from ibrl_ros.ros.setting_checks import ALL, cameras, configuration, parts
from ibrl_ros.ros.settings import SETTINGS

#: Launch arguments that ROS 2's launch itself takes, whatever a launch file declares.
OF_LAUNCH = ("sigterm_timeout", "sigkill_timeout", "emulate_tty", "launch-prefix", "launch-prefix-filter")

#: Longest value in a message, characters.
LONGEST = 200


def faults(values: Mapping[str, str]) -> list[str]:
    """A sentence for each argument that can't be used, and for those that don't go together."""
    found = []
    for name, value in values.items():
        fault = SETTINGS[name].fault(value)
        if not fault and name == "cameras" and _opens_cameras(values):
            fault = _camera_fault(value)
        if fault:
            found.append(f"{name}:={value[:LONGEST]}: {fault}")
    if (values.get("clock"), values.get("sim")) == ("lockstep", "false"):
        found.append("clock:=lockstep: only with sim:=true")
    if not found and {"task", "robot"} <= values.keys():
        found += _misfits(values["task"], values["robot"], values)
    return found


def _opens_cameras(values: Mapping[str, str]) -> bool:
    """Whether the cameras are on this machine: on a robot, where its part starts."""
    try:
        return values.get("sim") == "false" and "robot" in parts(values.get("part", ALL))
    except ValueError:  # which is told as the fault of `part`
        return False


def _camera_fault(text: str) -> str:
    check = configuration("camera")
    try:
        for config in cameras(text).values():
            check(config)
    except (ValueError, OSError) as error:
        return str(error)
    return ""


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
    text = values.get("cameras", "none") if _opens_cameras(values) else "none"
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
            found.append(f"{name}: unknown argument; {meant(name, known)}")
    return found


def meant(name: str, known: Iterable[str]) -> str:
    """Returns a question for the known name that is most like an unknown one; all known names if none is."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
