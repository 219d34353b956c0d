"""Finds, reads and checks YAML configurations; error texts use the keys and values of the file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ibrl_ros.config.camera import CameraConfig
from ibrl_ros.config.faults import explain, shortened
from ibrl_ros.config.merge import overridden
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.config.teleop import DeviceConfig, TeleopConfig
from ibrl_ros.extension import Extension, ExtensionError
from ibrl_ros.registers import ALGORITHMS, DEVICES

if TYPE_CHECKING:
    from ibrl_ros.rl.config import AgentConfig

Model = TypeVar("Model", bound=BaseModel)

#: Key that names a base file of the same kind, which itself has no `extends`. Its values are used for keys
#: that this file lacks. Mappings are merged, other values replaced. If a section names another class than
#: the base, only the base's keys that this class has are kept. Within a section the key names a file of
#: robot_configs/<section>s: `arm: {extends: fr3}` is robot_configs/arms/fr3.yaml.
EXTENDS = "extends"
_loaded: list[tuple[Path, str]] = []
_AGENT = Extension(ALGORITHMS, "algorithm", "ibrl")


class ConfigError(ValueError):
    """A configuration can't be used; the text names file, key, value, and what is allowed."""


def config_root() -> Path:
    """Returns the robot_configs folder of this code: in its checkout, or installed with it."""
    package = Path(__file__).resolve().parents[1]
    # Never the folder of another prefix, such as the running Python's: a person who edits a limit in one
    # folder must not move a robot with the limit of another.
    candidates = [package.parent / "robot_configs"]
    candidates += [parent / "share/ibrl_ros/robot_configs" for parent in package.parents]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise ConfigError(f"no robot_configs folder belongs to {package}: install the package anew")


def loaded() -> list[tuple[Path, str]]:
    """Returns the files read by this process, each with the first 8 digits of its content's SHA-256."""
    return list(_loaded)


def load_task(name: str) -> TaskConfig:
    """Returns the task `name` (a file of robot_configs/tasks, or a path)."""
    return load("tasks", name, TaskConfig)


def load_robot(name: str) -> RobotConfig:
    """Returns the robot `name` (a file of robot_configs/robots, or a path)."""
    return load("robots", name, RobotConfig)


def load_camera(name: str) -> CameraConfig:
    """Returns the camera `name` (a file of robot_configs/cameras, or a path)."""
    return load("cameras", name, CameraConfig)


def load_agent(name: str) -> AgentConfig:
    """Returns the agent `name` (a file of robot_configs/agents, or a path)."""
    path = _find("agents", name)
    return parse_agent(str(path), _read(path))


def parse_agent(source: str, content: Any) -> AgentConfig:
    """Returns an agent's configuration from a file's content, checked by the model of its algorithm.

    Args:
        source: source of the content, for error texts.
        content: content as parsed from YAML.

    Raises:
        ConfigError: as for `load`, or the algorithm is unknown.
    """
    from ibrl_ros.rl.config import AgentConfig  # imports PyTorch, which a robot PC may lack

    if isinstance(content, dict) and EXTENDS in content:
        content = _extended("agents", source, content, AgentConfig, _AGENT)
    try:
        return _AGENT.parse(content)
    except ExtensionError as error:
        raise ConfigError(f"{source}:\n{explain(error.error, error.model)}") from error
    except ValueError as error:
        raise ConfigError(f"{source}:\n  {_AGENT.key}: {error}") from error


def load_teleop(name: str) -> TeleopConfig:
    """Returns the teleoperation devices `name` (a file of robot_configs/teleop, or a path)."""
    return load("teleop", name, TeleopConfig)


def load_device(name: str, device: str) -> DeviceConfig:
    """Returns the section of a device in the file `name` of teleoperation devices, or its defaults.

    Raises:
        ConfigError: no such file or device, or the file lacks the device's section, which has no defaults.
    """
    devices = load_teleop(name)
    try:
        DEVICES.find(device)
    except ValueError as error:
        raise ConfigError(f"teleop:={device}: {error}") from error
    try:
        return devices.section(device)
    except ValueError as error:
        raise ConfigError(f"{_find('teleop', name)}: {error}") from error


def load(kind: str, name: str, model: type[Model]) -> Model:
    """Returns the configuration `name` of a `kind` (a folder of robot_configs), checked by `model`.

    Raises:
        ConfigError: the file or its base file doesn't exist or isn't YAML, or a key is unknown, missing or
            out of range.
    """
    path = _find(kind, name)
    return parse(kind, str(path), _read(path), model)


def parse(kind: str, source: str, content: Any, model: type[Model]) -> Model:
    """Returns a configuration of a `kind` from a file's content, checked as `load` does.

    Args:
        kind: folder of robot_configs with the base files for `extends`.
        source: source of the content, for error texts.
        content: content as parsed from YAML.
        model: model of this kind's configurations.

    Raises:
        ConfigError: as for `load`.
    """
    if isinstance(content, dict) and EXTENDS in content:
        content = _extended(kind, source, content, model)
    content = _with_sections(source, content)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"{source}:\n{explain(error, model)}") from error


def _extended(
    kind: str,
    source: str,
    content: dict[str, Any],
    model: type[BaseModel],
    whole: Extension | None = None,
) -> dict[str, Any]:
    """Returns the base file that `content` extends, overridden by the values of `content`.

    Args:
        kind: folder of robot_configs.
        source: source of the content, for error texts.
        content: content as parsed from YAML.
        model: model of this kind's configurations.
        whole: extension that finds the model of a whole file; None if the file can't name a class.
    """
    base = _base(kind, str(content[EXTENDS]), f"{source}: {EXTENDS}")
    changes = {key: value for key, value in content.items() if key != EXTENDS}
    return overridden(base if whole is None else whole.applicable(base, changes), changes, model)


def _with_sections(source: str, content: Any) -> Any:
    """Returns `content` with each section that has `extends` merged into its base file."""
    if not isinstance(content, dict):
        return content
    complete = dict(content)
    for key, section in content.items():
        if isinstance(section, dict) and EXTENDS in section:
            base = _base(f"{key}s", str(section[EXTENDS]), f"{source}: {key}.{EXTENDS}")
            complete[key] = {**base, **{name: value for name, value in section.items() if name != EXTENDS}}
    return complete


def _base(kind: str, name: str, where: str) -> dict[str, Any]:
    """Returns the content of a base file.

    Args:
        kind: folder of robot_configs.
        name: name or path of the base file.
        where: file and key that name the base file, for error texts.

    Raises:
        ConfigError: there is no such file, or it has an `extends` of its own.
    """
    path = _find(kind, name)
    base = _read(path)
    if not isinstance(base, dict) or EXTENDS in base:
        raise ConfigError(f"{where} {path}, which must be a file that extends no other")
    return base


class _Loader(yaml.SafeLoader):
    """YAML in which a duplicate key is an error: with two limits it would be unclear which one is valid."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Returns the mapping of a node."""
        keys = [(key.value, key.start_mark) for key, _ in node.value if key.tag == "tag:yaml.org,2002:str"]
        for index, (key, mark) in enumerate(keys):
            if key in [before for before, _ in keys[:index]]:
                raise yaml.constructor.ConstructorError(None, None, f"{key} is there more than once", mark)
        return super().construct_mapping(node, deep)


def _read(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    read = (path.resolve(), hashlib.sha256(content).hexdigest()[:8])
    if read not in _loaded:
        _loaded.append(read)
    try:
        return yaml.load(content.decode("utf-8-sig"), _Loader)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}: line {line} isn't UTF-8: save the file in that encoding") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error


def _find(kind: str, name: str) -> Path:
    folder = config_root() / kind
    known = ", ".join(sorted(p.stem for p in folder.glob("*.yaml"))) or "none"
    given = Path(name)
    if given.suffix in (".yaml", ".yml"):
        if _is_file(given):
            return given
        raise ConfigError(f"{shortened(name)}: no such file; known names: {known}")
    path = folder / f"{name}.yaml"
    if not _is_file(path):
        raise ConfigError(
            f"unknown {kind.removesuffix('s')} {shortened(name)!r}; known: {known} (in {folder})"
        )
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long
        return False
