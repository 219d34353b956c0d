"""Parts of the launch files: arguments with descriptions, nodes with parameters, the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ament_index_python.packages import get_package_share_directory
from launch.actions import (
    DeclareLaunchArgument,
    GroupAction,
    LogInfo,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.conditions import IfCondition, UnlessCondition
from launch.substitutions import LaunchConfiguration, NotEqualsSubstitution
from launch_ros.actions import Node, PushRosNamespace
from launch_ros.parameter_descriptions import ParameterValue

from ibrl_ros.ros.command_lines import parameter_word
from ibrl_ros.ros.launch_arguments import faults, unknown
from ibrl_ros.ros.launched import LAUNCH_PID
from ibrl_ros.ros.middleware import PROFILE_VARIABLES, profile_variable
from ibrl_ros.ros.restarted import GivenUp, restarted
from ibrl_ros.ros.setting_checks import PARTS, cameras
from ibrl_ros.ros.setting_checks import parts as chosen_parts
from ibrl_ros.ros.settings import SETTINGS
from launch import Action, Condition, LaunchContext, LaunchDescriptionEntity, Substitution

PACKAGE = "ibrl_ros"


def arguments(*names: str, **defaults: str) -> list[Action]:
    """Declare launch arguments from the table of settings; `defaults` replace defaults.

    All arguments are checked before the first node starts, because a later error would leave running nodes
    without a launch.
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
    """Whether the command line names a launch file of this package; others have arguments of their own."""
    ours = {path.name for path in (_share() / "launch").glob("*.launch.py")}
    return any(Path(word).name in ours for word in sys.argv)


def parts(**nodes: Sequence[Action]) -> OpaqueFunction:
    """The nodes of the parts that the argument `part` names, in the namespace that `namespace` names.

    Args:
        nodes: the nodes of each part that this launch file has.
    """
    unknown_parts = nodes.keys() - set(PARTS)
    assert not unknown_parts, f"no parts: {unknown_parts}"
    return OpaqueFunction(function=_parts, args=[nodes])


def _parts(context: LaunchContext, nodes: Mapping[str, Sequence[Action]]) -> list[Action]:
    text, namespace = (context.launch_configurations[name] for name in ("part", "namespace"))
    chosen = [action for part in nodes if part in chosen_parts(text) for action in nodes[part]]
    if not chosen:
        raise ValueError(
            f"part:={text}: nothing to start; the parts of this launch file are {', '.join(nodes)}"
        )
    return [GroupAction([PushRosNamespace(namespace), *chosen])] if namespace else chosen


def node(
    name: str,
    *parameters: str,
    called: str | None = None,
    condition: Condition | None = None,
    process: Mapping[str, object] | None = None,
    **fixed: object,
) -> Node:
    """Returns a node of this package, with launch arguments as `parameters`, and `fixed` ones with values.

    The node's name is `called`, or else its executable's. `process` has further arguments of Node. The whole
    launch shuts down when the node exits, unless `process` has another `on_exit`.
    """
    values: dict[str, object] = {key: _value(key) for key in parameters}
    values.update(fixed)
    return Node(
        package=PACKAGE,
        executable=name,
        name=called or name,
        output="screen",
        parameters=[values],
        ros_arguments=["--enclave", f"/{PACKAGE}/{called or name}"],  # its keys, where SROS2 is switched on
        condition=condition,
        **{"on_exit": [Shutdown(reason=f"{name} has ended")], **(process or {})},
    )


def restarted_node(
    name: str,
    *parameters: str,
    called: str | None = None,
    condition: Condition | None = None,
    given_up: GivenUp | None = None,
    **fixed: object,
) -> OpaqueFunction:
    """Returns a node as `node` does that is started again after a crash or a kill, see `restarted`.

    Only for nodes that never move the robot. teleop_node is none of them, because its stop button must never
    be out of order unnoticed.
    """

    def make(**process: object) -> Node:
        return node(name, *parameters, called=called, process=process, **fixed)

    return restarted(make, called or name, condition, given_up)


def robot_nodes(stage: str, *of_simulation: str) -> list[Action]:
    """The nodes of the part `robot`: simulation or cameras, the way to the arm, the person, the episodes.

    Args:
        stage: what the run is at.
        of_simulation: launch arguments that sim_node takes beside its usual ones.
    """
    simulated = IfCondition(LaunchConfiguration("sim"))
    return [
        node("sim_node", "task", "robot", "clock", *of_simulation, condition=simulated),
        camera_nodes(),
        node("robot_node", "task", "robot", "clock", "sim", "seed"),
        teleop_node(),
        node("reset_node", "task", "robot", "clock", "seed", "sim", "person", stage=stage),
    ]


def learner_node() -> OpaqueFunction:
    """Returns the learner's node. If it can't be started again, in real time the other nodes continue."""
    name = "learner_node"
    names = ("task", "agent", "clock", "run_dir", "seed", "max_steps", "threads", "device",
             "replay_memory_gb", "part", "keep")  # fmt: skip

    def given_up(context: LaunchContext) -> list[Action]:
        values = {key: SETTINGS[key].value(context.launch_configurations[key]) for key in names}
        if values["clock"] != "real_time":  # the robot waits for its weights
            return [Shutdown(reason=f"{name} has ended")]
        settings = " ".join(f"-p {parameter_word(key, value)}" for key, value in values.items())
        if namespace := context.launch_configurations["namespace"]:
            settings += f" -r __ns:=/{namespace.removeprefix('/')}"
        again = f"ros2 run {PACKAGE} {name} --ros-args {settings}"
        return [LogInfo(msg=f"the robot acts on without learning. To learn on: {again}")]

    return restarted_node(name, *names, given_up=given_up)


def teleop_node() -> Node:
    """Returns the node of the teleoperation device, unless the device is `none`."""
    return node(
        "teleop_node", "task", "robot", "teleop", "teleop_config", "clock", "seed", "operator_noise",
        condition=IfCondition(NotEqualsSubstitution(LaunchConfiguration("teleop"), "none")),
    )  # fmt: skip


def camera_nodes() -> OpaqueFunction:
    """Returns a node for each camera of the argument `cameras`; none in simulation."""
    return OpaqueFunction(function=_camera_nodes, condition=UnlessCondition(LaunchConfiguration("sim")))


def _camera_nodes(context: LaunchContext) -> list[OpaqueFunction]:
    return [
        restarted_node("camera_node", "task", called=f"camera_node_{camera}", camera=camera, config=config)
        for camera, config in cameras(context.launch_configurations["cameras"]).items()
    ]


def environment() -> list[LaunchDescriptionEntity]:
    """Returns the environment of all processes: shared memory for images, off-screen rendering, threads."""
    settings = {
        profile_variable(): _profile(),
        "MUJOCO_GL": "egl",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        "RCUTILS_CONSOLE_OUTPUT_FORMAT": "[{severity}] {message}",  # the launch adds the node's name
    }
    unset = {key: value for key, value in settings.items() if key not in os.environ}
    return [
        SetEnvironmentVariable(key, value) for key, value in {**unset, LAUNCH_PID: str(os.getpid())}.items()
    ]


def _profile() -> str:
    """Returns the path of the Fast DDS profile: the one that is set, under either name, or the package's."""
    given = [os.environ[name] for name in PROFILE_VARIABLES if name in os.environ]
    return given[0] if given else str(_share() / "robot_configs" / "fastdds.xml")


def _share() -> Path:
    return Path(get_package_share_directory(PACKAGE))


def _value(name: str) -> ParameterValue | Substitution:
    return ParameterValue(LaunchConfiguration(name), value_type=SETTINGS[name].kind)
