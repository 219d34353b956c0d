"""Actions that know ROS nodes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from launch.action import Action
from launch.actions import ExecuteProcess
from launch.launch_context import LaunchContext
from launch.substitution import SubstitutionFailure, perform
from ros2_lite import log
from ros2_lite.missing import explain_missing
from ros2_lite.packages import find_executable

from .parameters import evaluate_parameters

__all__ = ["Node", "PushROSNamespace", "PushRosNamespace", "SetParameter"]

__getattr__ = explain_missing(__name__)


class Node(ExecuteProcess):
    """Runs a node, an executable in `<prefix>/lib/<package>`.

    Args:
        package: Its package.
        executable: Its executable.
        name: The node's name, instead of the one in its code.
        namespace: Its namespace; a relative one is put below that of PushRosNamespace.
        parameters: Dictionaries and paths of YAML files; the last one wins.
        remappings: Pairs of names, (from, to).
        arguments: Arguments before `--ros-args`.
        ros_arguments: Arguments after it.
        exec_name: The process's name, instead of the executable's.
        options: Those of ExecuteProcess.
    """

    def __init__(
        self,
        *,
        package: Any,
        executable: Any,
        name: Any = None,
        namespace: Any = None,
        parameters: Sequence[Any] = (),
        remappings: Iterable[tuple[Any, Any]] = (),
        arguments: Iterable[Any] = (),
        ros_arguments: Iterable[Any] = (),
        exec_name: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(cmd=arguments or (), name=exec_name, **options)
        self._package, self._executable = package, executable
        self._node_name, self._namespace = name, namespace
        self._parameters = list(parameters or ())
        self._remappings = list(remappings or ())
        self._ros_arguments = list(ros_arguments or ())

    def expand_command(self, context: LaunchContext) -> list[str]:
        """The executable, its arguments, and then `--ros-args` with everything for rcl.

        Raises:
            SubstitutionFailure: The package or the executable isn't there.
        """
        try:
            path = find_executable(perform(context, self._package), perform(context, self._executable))
        except LookupError as error:
            raise SubstitutionFailure(str(error)) from None
        arguments = super().expand_command(context)
        return [str(path), *arguments, "--ros-args", *self._expand_ros_arguments(context)]

    def _expand_ros_arguments(self, context: LaunchContext) -> list[str]:
        expanded = [perform(context, argument) for argument in self._ros_arguments]
        if self._node_name is not None:
            expanded += ["-r", f"__node:={perform(context, self._node_name)}"]
        namespace = _below(_pushed_namespace(context), self._namespace, context)
        if namespace:
            expanded += ["-r", f"__ns:={namespace}"]
        for name, value in context.launch_configurations.get("global_params", ()):
            expanded += ["-p", f"{name}:={value}"]
        for parameters in self._parameters:
            expanded += self._expand_parameters(context, parameters)
        for source, target in self._remappings:
            expanded += ["-r", f"{perform(context, source)}:={perform(context, target)}"]
        return expanded

    def _expand_parameters(self, context: LaunchContext, parameters: Any) -> list[str]:
        if isinstance(parameters, Mapping):
            path = _write_parameters(evaluate_parameters(context, parameters))
            context.cleanups.append(lambda: path.unlink(missing_ok=True))
        else:
            path = Path(perform(context, parameters))
        if not path.is_file():
            log.message("WARNING", "launch_ros.actions.node", f"Parameter file path is not a file: {path}")
            return []
        return ["--params-file", str(path)]


class PushRosNamespace(Action):
    """Puts a namespace before those of the nodes that follow in its scope; an absolute one starts anew."""

    def __init__(self, namespace: Any, **options: Any) -> None:
        super().__init__(**options)
        self._namespace = namespace

    def execute(self, context: LaunchContext) -> None:
        """Push it."""
        pushed = _below(_pushed_namespace(context), self._namespace, context)
        context.launch_configurations["ros_namespace"] = pushed


PushROSNamespace = PushRosNamespace


class SetParameter(Action):
    """Sets a parameter for all nodes that follow in its scope; their own parameters win."""

    def __init__(self, name: Any, value: Any, **options: Any) -> None:
        super().__init__(**options)
        self._parameter = {name: value}

    def execute(self, context: LaunchContext) -> None:
        """Set it."""
        parameters = evaluate_parameters(context, self._parameter)
        earlier = context.launch_configurations.get("global_params", [])
        context.launch_configurations["global_params"] = [*earlier, *parameters.items()]


def _pushed_namespace(context: LaunchContext) -> str:
    return context.launch_configurations.get("ros_namespace", "")


def _below(base: str, namespace: Any, context: LaunchContext) -> str:
    """An absolute namespace, or an empty text where none was given."""
    text = "" if namespace is None else perform(context, namespace)
    if text.startswith("/"):
        return text
    joined = "/".join(part for part in (base.strip("/"), text.strip("/")) if part)
    return f"/{joined}" if joined else ""


def _write_parameters(parameters: dict[str, Any]) -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="launch_params_", delete=False) as file:
        yaml.safe_dump({"/**": {"ros__parameters": parameters}}, file, default_flow_style=False)
    return Path(file.name)
