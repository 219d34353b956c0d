"""What the launch files share: arguments with descriptions, nodes with their parameters, the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch.actions import (
    DeclareLaunchArgument,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.conditions import IfCondition, UnlessCondition
from launch.events.process import ProcessExited
from launch.substitutions import LaunchConfiguration, NotEqualsSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

from launch import Action, Condition, LaunchContext, LaunchDescriptionEntity, Substitution

PACKAGE = "ibrl_ros"

#: name: (default, description, choices)
_ARGUMENTS: dict[str, tuple[str, str, list[str] | None]] = {
    "task": ("lift", "task: a file of robot_configs/tasks, or a path to a YAML", None),
    "robot": ("sim", "robot: a file of robot_configs/robots, or a path to a YAML", None),
    "agent": ("small_pixels", "agent: a file of robot_configs/agents, or a path to a YAML", None),
    "run_dir": ("runs/default", "folder of the run; the same folder resumes it", None),
    "sim": ("true", "simulate robot, cameras and scene with MuJoCo", ["true", "false"]),
    "clock": (
        "real_time",
        "real_time: 10 Hz on the wall clock; lockstep: as fast as the machine can (simulation only)",
        ["real_time", "lockstep"],
    ),
    "seed": ("1", "seed of scenes, networks and every random draw", None),
    "person": (
        "default",
        "who starts episodes: services: a person, through episode/start; auto: nobody is asked; "
        "default: auto in simulation, services on a robot",
        ["default", "auto", "services"],
    ),
    "cameras": (
        "wrist=wrist_realsense",
        "cameras of a robot: name=config, with commas between; config: a file of robot_configs/cameras, or a "
        "path to a YAML; none: you start them yourself",
        None,
    ),
    "num_demos": ("10", "demonstrations to record; failed ones don't count", None),
    "teleop": (
        "scripted",
        "source of the person's commands; none: a teleop_node that you start yourself, or nobody",
        ["scripted", "quest", "gamepad", "spacemouse", "keyboard", "none"],
    ),
    "teleop_config": ("default", "devices: a file of robot_configs/teleop, or a path to a YAML", None),
    "operator_noise": (
        "0.3",
        "scripted operator: noise of each command, as a part of the action range",
        None,
    ),
    "max_steps": ("18000", "environment steps to train for", None),
    "threads": ("1", "processor threads of the learner", None),
    "policy": ("ibrl", "what is evaluated: ibrl, or bc alone", ["ibrl", "bc"]),
    "num_episodes": ("50", "episodes to evaluate; their scenes depend on the seed only", None),
    "video_episodes": (
        "0",
        "how many of the first episodes are filmed from the front (MP4 in the run's videos/)",
        None,
    ),
}


def arguments(*names: str, **defaults: str) -> list[DeclareLaunchArgument]:
    """Declare launch arguments from the one table above; `defaults` replace defaults."""
    declared = []
    for name in names:
        default, description, choices = _ARGUMENTS[name]
        declared.append(
            DeclareLaunchArgument(
                name, default_value=defaults.get(name, default), description=description, choices=choices
            )
        )
    return declared


def node(
    name: str,
    *parameters: str,
    called: str | None = None,
    condition: Condition | None = None,
    on_exit: Callable[[ProcessExited, LaunchContext], Action] | None = None,
    **fixed: object,
) -> Node:
    """A node of this package. `parameters` come from the launch arguments of these names, `fixed` are given.

    It is `called` as its executable, unless another name is given. The whole launch shuts down when the node
    exits, unless `on_exit` says otherwise.
    """
    values: dict[str, object] = {key: _value(key) for key in parameters}
    values.update(fixed)
    return Node(
        package=PACKAGE,
        executable=name,
        name=called or name,
        output="screen",
        parameters=[values],
        condition=condition,
        on_exit=on_exit or [Shutdown(reason=f"{name} has ended")],
    )


def learner_node() -> Node:
    """The learner. If it is killed on the wall clock, the rest goes on until someone starts it anew."""
    name, names = "learner_node", ("task", "agent", "clock", "run_dir", "seed", "max_steps", "threads")

    def on_exit(event: ProcessExited, context: LaunchContext) -> Action:
        values = {key: context.launch_configurations[key] for key in names}
        killed = event.returncode is not None and event.returncode < 0 and not context.is_shutdown
        if not killed or values["clock"] != "real_time":
            return Shutdown(reason=f"{name} has ended")
        settings = " ".join(f"-p {key}:={value}" for key, value in values.items())
        again = f"ros2 run {PACKAGE} {name} --ros-args {settings}"
        return LogInfo(msg=f"{name} was killed; the robot acts on without learning. To learn on: {again}")

    return node(name, *names, on_exit=on_exit)


def teleop_node() -> Node:
    """The node of the person's device, unless that is `none`."""
    return node(
        "teleop_node", "task", "robot", "teleop", "teleop_config", "clock", "seed", "operator_noise",
        condition=IfCondition(NotEqualsSubstitution(LaunchConfiguration("teleop"), "none")),
    )  # fmt: skip


def camera_nodes() -> OpaqueFunction:
    """On a robot a process for each camera of the argument `cameras`; the simulation has its own."""
    return OpaqueFunction(function=_camera_nodes, condition=UnlessCondition(LaunchConfiguration("sim")))


def _camera_nodes(context: LaunchContext) -> list[Node]:
    text = context.launch_configurations["cameras"]
    cameras = [one.split("=", 1) for one in text.split(",")] if text != "none" else []
    if any(len(one) != 2 for one in cameras):
        raise ValueError(f"cameras:={text}: expected name=config,name=config ... or none")
    return [
        node("camera_node", "task", called=f"camera_node_{camera}", camera=camera, config=config)
        for camera, config in cameras
    ]


def environment() -> list[LaunchDescriptionEntity]:
    """What every process needs: room for images in shared memory, off-screen rendering, one thread a node."""
    share = Path(get_package_share_directory(PACKAGE))
    settings = {
        "FASTDDS_DEFAULT_PROFILES_FILE": str(share / "robot_configs" / "fastdds.xml"),
        "MUJOCO_GL": "egl",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        "RCUTILS_CONSOLE_OUTPUT_FORMAT": "[{severity}] {message}",  # the launch says which node speaks
    }
    return [SetEnvironmentVariable(key, value) for key, value in settings.items() if key not in os.environ]


def _value(name: str) -> ParameterValue | Substitution:
    integers = {"seed", "num_demos", "max_steps", "threads", "num_episodes", "video_episodes"}
    kind = int if name in integers else float if name == "operator_noise" else bool if name == "sim" else str
    return ParameterValue(LaunchConfiguration(name), value_type=kind)
