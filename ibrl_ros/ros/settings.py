"""The table of settings: launch arguments, parameters of nodes, options of `ibrl`, and their page.

A setting has one name, type, default and check, whoever reads it. Whatever is read only by one node, and
said in no launch file, may stay with that node.
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
    machine_device,
    number,
    ros_name,
    whole_number,
)

CAMERA_CONFIG = "wrist_realsense"
#: Seeds are handed on to NumPy and PyTorch, and added to; ROS parameters have 64 bits with a sign.
MAX_SEED = 2**32 - 1

#: Whoever reads these loads what they name, and then says more than a check does.
LOADED = ("task", "robot", "agent", "teleop", "teleop_config", "cameras", "config")


class Setting(NamedTuple):
    """What a person may set.

    Attributes:
        default: its value where none is given; a value has the type of it.
        description: what it is, in words: for `--show-args`, `--help` and the page.
        choices: the values that it can have; None for any that `check` lets pass.
        check: raises ValueError, whose text says what is wrong with a value.
        page: of docs/, that says more; or none.
    """

    default: str | int | float | bool
    description: str
    choices: tuple[str, ...] | None = None
    check: Check | None = None
    page: str = ""

    @property
    def kind(self) -> type:
        """The type of its values."""
        return type(self.default)

    @property
    def allowed(self) -> tuple[str, ...] | None:
        """All texts that can be used; None where `check` says which."""
        return ("true", "false") if self.kind is bool else self.choices

    @property
    def default_text(self) -> str:
        """Its default, as a person types it."""
        return str(self.default).lower() if self.kind is bool else str(self.default)

    def fault(self, text: str) -> str:
        """Why a value can't be used, in words; empty if it can."""
        if self.allowed is not None and text not in self.allowed:
            return f"expected one of {', '.join(self.allowed)}"
        try:
            if self.check is not None:
                self.check(text)
        except (ValueError, OSError) as error:
            return str(error)
        return ""

    def value(self, text: str) -> object:
        """What a text that can be used stands for; text, unless it is a number."""
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
    "device": Setting(
        "auto",
        "what learns and acts: auto, the first GPU if PyTorch finds one, else the processor; cpu; cuda; "
        "cuda:1, the second GPU. A run may go on with another one",
        check=machine_device,
        page="agents.md",
    ),
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
