"""The table of settings: launch arguments, parameters of nodes, options of `ibrl`, and their page.

A setting has one name, type, default and check for all its readers. A parameter of a single node, which no
launch file passes, may be declared by this node.
"""

from __future__ import annotations

from typing import NamedTuple

from ibrl_ros.data.stages import STAGES
from ibrl_ros.ros.setting_checks import (
    Check,
    cameras,
    configuration,
    device,
    folder,
    number,
    ros_name,
    whole_number,
)

CAMERA_CONFIG = "wrist_realsense"
#: Largest seed: NumPy and PyTorch take it with offsets added, and ROS parameters are signed 64-bit integers.
MAX_SEED = 2**32 - 1

#: Settings that name a file or class; their readers load it, with better error texts than a check's.
LOADED = ("task", "robot", "agent", "teleop", "teleop_config", "cameras", "config")


class Setting(NamedTuple):
    """A setting that a person may change.

    Attributes:
        default: default value, which also defines the type.
        description: description for `--show-args`, `--help` and the page.
        choices: allowed values; None for all values that `check` accepts.
        check: function that raises ValueError for an invalid value; the text names the fault.
        page: page of docs/ with details; may be empty.
    """

    default: str | int | float | bool
    description: str
    choices: tuple[str, ...] | None = None
    check: Check | None = None
    page: str = ""

    @property
    def kind(self) -> type:
        """Type of the values."""
        return type(self.default)

    @property
    def allowed(self) -> tuple[str, ...] | None:
        """All allowed texts; None if `check` decides."""
        return ("true", "false") if self.kind is bool else self.choices

    @property
    def default_text(self) -> str:
        """The default as text, in a command line's form."""
        return str(self.default).lower() if self.kind is bool else str(self.default)

    def fault(self, text: str) -> str:
        """Returns why a value is invalid; empty if it is valid."""
        if self.allowed is not None and text not in self.allowed:
            return f"expected one of {', '.join(self.allowed)}"
        try:
            if self.check is not None:
                self.check(text)
        except (ValueError, OSError) as error:
            return str(error)
        return ""

    def value(self, text: str) -> object:
        """Returns the value of a valid text: a number for numeric settings, else the text."""
        return self.kind(text) if self.kind in (int, float) else text


SETTINGS = {
    "task": Setting(
        "lift", "a file of robot_configs/tasks, or a path to a YAML", check=configuration("task")
    ),
    "robot": Setting(
        "sim", "a file of robot_configs/robots, or a path to a YAML", check=configuration("robot")
    ),
    "agent": Setting(
        "small_pixels", "a file of robot_configs/agents, or a path to a YAML", check=configuration("agent")
    ),
    "run_dir": Setting("runs/default", "folder of the run; the same folder resumes it", check=folder),
    "sim": Setting(True, "simulate robot, cameras and scene with MuJoCo"),
    "cameras": Setting(
        f"wrist={CAMERA_CONFIG}",
        "cameras of a robot, a process each: name=config, with commas between; config: a file of "
        "robot_configs/cameras, or a path to a YAML; none: you start them yourself",
        check=cameras,
        page="realsense.md",
    ),
    "clock": Setting(
        "real_time",
        "real_time: 10 Hz on the wall clock; lockstep: as fast as the machine can (simulation only)",
        ("real_time", "lockstep"),
    ),
    "seed": Setting(1, "seed of scenes, networks and every random draw", check=whole_number(0, MAX_SEED)),
    "person": Setting(
        "default",
        "who starts episodes: services: a person, through episode/start; auto: nobody is asked (simulation "
        "only); default: auto in simulation, services on a robot",
        ("default", "auto", "services"),
    ),
    "num_demos": Setting(
        10, "demonstrations to record; failed ones don't count", check=whole_number(1)
    ),
    "teleop": Setting(
        "scripted",
        "the person's device: a name that `ibrl list` shows, or one of your own as module:Class; scripted: a "
        "script (simulation only); none: a teleop_node that you start yourself, or nobody",
        check=device,
        page="teleop.md",
    ),
    "teleop_config": Setting(
        "default",
        "of the devices: a file of robot_configs/teleop, or a path to a YAML",
        check=configuration("teleop"),
    ),
    "operator_noise": Setting(
        0.3,
        "scripted operator: noise of each command, as a part of the action range",
        check=number(10.0),
    ),
    "max_steps": Setting(18000, "environment steps to train for", check=whole_number(1)),
    "threads": Setting(1, "processor threads of the learner", check=whole_number(1, 1024)),
    "policy": Setting("ibrl", "what is evaluated: ibrl, or bc alone", ("ibrl", "bc")),
    "num_episodes": Setting(
        50, "episodes to evaluate; their scenes depend on the seed only", check=whole_number(1)
    ),
    "video_episodes": Setting(
        0,
        "how many of the first episodes are filmed from the front, in simulation (MP4 in the run's videos/)",
        check=whole_number(0),
    ),
    "stage": Setting("collect", "what the run is at", tuple(STAGES)),
    "view_px": Setting(360, "height of the picture for people", check=whole_number(16, 2160)),
    "camera": Setting("wrist", "name of the camera", check=ros_name),
    "config": Setting(
        CAMERA_CONFIG,
        "of the camera: a file of robot_configs/cameras, or a path to a YAML",
        check=configuration("camera"),
    ),
}  # fmt: skip
