"""What the launch files share: arguments with descriptions, nodes with their parameters, the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
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

from ibrl_ros.ros.command_lines import parameter_word
from ibrl_ros.ros.launch_arguments import faults, unknown
from ibrl_ros.ros.launched import LAUNCH_PID
from ibrl_ros.ros.setting_checks import cameras
from ibrl_ros.ros.settings import SETTINGS
from launch import Action, Condition, LaunchContext, LaunchDescriptionEntity, Substitution

PACKAGE = "ibrl_ros"


def arguments(*names: str, **defaults: str) -> list[Action]:
    """Declare launch arguments from the table of settings; `defaults` replace defaults.

    They are checked as soon as all are known, and so before the first node starts: what fails later would
    leave the nodes that run already without a launch.
    """
    declared: list[Action] = [
        DeclareLaunchArgument(
            name,
            default_value=defaults.get(name, SETTINGS[name].default_text),
            description=SETTINGS[name].description,
            choices=SETTINGS[name].allowed,
        )
        for name in names
    ]
    return [*declared, OpaqueFunction(function=_check, args=[names])]


def _check(context: LaunchContext, names: Sequence[str]) -> None:
    wrong = faults({name: context.launch_configurations[name] for name in names})
    if _is_from_command_line():
        wrong = unknown([word.partition(":=")[0] for word in context.argv], names) + wrong
    if wrong:
        raise ValueError("\n".join(["these arguments can't be used; nothing was started:", *wrong]))


def _is_from_command_line() -> bool:
    """Whether the command line names one of our launch files; another one has arguments of its own."""
    ours = {path.name for path in (_share() / "launch").glob("*.launch.py")}
    return any(Path(word).name in ours for word in sys.argv)


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
    name, names = (
        "learner_node",
        ("task", "agent", "clock", "run_dir", "seed", "max_steps", "threads", "device"),
    )

    def on_exit(event: ProcessExited, context: LaunchContext) -> Action:
        values = {key: SETTINGS[key].value(context.launch_configurations[key]) for key in names}
        killed = event.returncode is not None and event.returncode < 0 and not context.is_shutdown
        if not killed or values["clock"] != "real_time":
            return Shutdown(reason=f"{name} has ended")
        settings = " ".join(f"-p {parameter_word(key, value)}" for key, value in values.items())
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
    return [
        node("camera_node", "task", called=f"camera_node_{camera}", camera=camera, config=config)
        for camera, config in cameras(context.launch_configurations["cameras"]).items()
    ]


def environment() -> list[LaunchDescriptionEntity]:
    """What every process needs: room for images in shared memory, off-screen rendering, one thread a node."""
    settings = {
        "FASTDDS_DEFAULT_PROFILES_FILE": str(_share() / "robot_configs" / "fastdds.xml"),
        "MUJOCO_GL": "egl",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        "RCUTILS_CONSOLE_OUTPUT_FORMAT": "[{severity}] {message}",  # the launch says which node speaks
    }
    unset = {key: value for key, value in settings.items() if key not in os.environ}
    return [
        SetEnvironmentVariable(key, value) for key, value in {**unset, LAUNCH_PID: str(os.getpid())}.items()
    ]


def _share() -> Path:
    return Path(get_package_share_directory(PACKAGE))


def _value(name: str) -> ParameterValue | Substitution:
    return ParameterValue(LaunchConfiguration(name), value_type=SETTINGS[name].kind)
