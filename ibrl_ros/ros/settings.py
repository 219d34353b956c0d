"""The table of settings: launch arguments, parameters of nodes, options of `ibrl`, table of docs/running.md.

A setting has the same name, type, default and check everywhere. A parameter that only one node reads, and
that no launch file has, may be declared by that node instead.
"""

from __future__ import annotations

from typing import NamedTuple

from ibrl_ros.data.stages import STAGES
from ibrl_ros.ros.setting_checks import (
    Check,
    cameras,
    checkpoint,
    configuration,
    device,
    folder,
    keeping,
    machine_device,
    namespace,
    number,
    parts,
    ros_name,
    whole_number,
)

CAMERA_CONFIG = "wrist_realsense"
#: Seeds are passed to NumPy and PyTorch, and are added to; ROS parameters have 64 bits with a sign.
MAX_SEED = 2**32 - 1

#: The readers of these load the named file or class, with more precise errors than a check has.
LOADED = ("task", "robot", "agent", "teleop", "teleop_config", "cameras", "config")


class Setting(NamedTuple):
    """One setting.

    Attributes:
        default: value if none is given; all values have its type.
        description: text for `--show-args`, `--help` and docs/running.md.
        choices: allowed values; None if `check` decides.
        check: raises ValueError with the reason if a value is not allowed; None for no check.
        page: page of docs/ with more about the setting; empty for none.
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
        """The default, as a person types it."""
        return str(self.default).lower() if self.kind is bool else str(self.default)

    def fault(self, text: str) -> str:
        """Why a text is not allowed; empty if it is allowed."""
        if self.allowed is not None and text not in self.allowed:
            return f"expected one of {', '.join(self.allowed)}"
        try:
            if self.check is not None:
                self.check(text)
        except (ValueError, OSError) as error:
            return str(error)
        return ""

    def value(self, text: str) -> object:
        """The value of an allowed text: a number for numeric settings, else the text itself."""
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
    "part": Setting(
        "all",
        "what starts on this machine: all, or robot, policy, learner, several with commas between",
        check=parts,
        page="two_machines.md",
    ),
    "namespace": Setting(
        "",
        "name in front of all nodes and topics, where several robots share a domain; none by default",
        check=namespace,
        page="two_machines.md",
    ),
    "cameras": Setting(
        f"wrist={CAMERA_CONFIG}",
        "cameras of a robot, one process for each: name=config, separated by commas; config: a file of "
        "robot_configs/cameras, or a path to a YAML; none: you start the cameras yourself",
        check=cameras,
        page="realsense.md",
    ),
    "clock": Setting(
        "real_time",
        "real_time: 10 Hz on the wall clock; lockstep: as fast as the machine allows (simulation only)",
        ("real_time", "lockstep"),
    ),
    "seed": Setting(1, "seed of scenes, networks and every random draw", check=whole_number(0, MAX_SEED)),
    "person": Setting(
        "default",
        "how episodes start: services: a person calls episode/start; auto: without a person (simulation "
        "only); default: auto in simulation, services on a robot",
        ("default", "auto", "services"),
    ),
    "num_demos": Setting(
        10, "demonstrations to record; failed demonstrations do not count", check=whole_number(1)
    ),
    "teleop": Setting(
        "scripted",
        "teleoperation device: a name of `ibrl list teleop`, or your own class as module:Class; scripted: a "
        "script (simulation only); none: no device, or a teleop_node that you start yourself",
        check=device,
        page="teleop.md",
    ),
    "teleop_config": Setting(
        "default",
        "settings of the devices: a file of robot_configs/teleop, or a path to a YAML",
        check=configuration("teleop"),
    ),
    "operator_noise": Setting(
        0.3,
        "scripted operator: noise of each command, as a fraction of the action range",
        check=number(10.0),
    ),
    "max_steps": Setting(18000, "environment steps of the training", check=whole_number(1)),
    "threads": Setting(1, "processor threads of the learner", check=whole_number(1, 1024)),
    "device": Setting(
        "auto",
        "device of training and policy: auto, the first GPU if PyTorch finds one, else the processor; cpu; "
        "cuda; cuda:1, the second GPU. A run may continue on another device",
        check=machine_device,
        page="agents.md",
    ),
    "keep": Setting(
        "last=2,best=1,every=0",
        "checkpoints that stay: last: number of newest ones; best: number of those with the most success; "
        "every: one in so many environment steps, 0 for none. Pinned ones stay, too (`ibrl checkpoint pin`)",
        check=keeping,
        page="running.md",
    ),
    "checkpoint": Setting(
        "last",
        "checkpoint to evaluate: last, best, or a number of `ibrl checkpoint list`",
        check=checkpoint,
        page="running.md",
    ),
    "replay_memory_gb": Setting(
        4.0,
        "memory of the learner's machine for images of the replay buffer, GB; further ones are in a file in "
        "run_dir while it runs. A run may continue with another value",
        check=number(100_000.0),
        page="agents.md",
    ),
    "policy": Setting("ibrl", "policy to evaluate: ibrl, or bc alone", ("ibrl", "bc")),
    "num_episodes": Setting(
        50, "evaluation episodes; their scenes depend on the seed only", check=whole_number(1)
    ),
    "video_episodes": Setting(
        0,
        "number of first episodes with a video, in simulation (MP4 in the run's videos/)",
        check=whole_number(0),
    ),
    "stage": Setting("collect", "stage of the run", tuple(STAGES)),
    "view_px": Setting(
        360, "height of the front camera's image for videos, in pixels", check=whole_number(16, 2160)
    ),
    "camera": Setting("wrist", "name of the camera", check=ros_name),
    "config": Setting(
        CAMERA_CONFIG,
        "settings of the camera: a file of robot_configs/cameras, or a path to a YAML",
        check=configuration("camera"),
    ),
}  # fmt: skip
