"""Finds, reads and checks a YAML configuration; says what is wrong in the user's own words and keys."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from ibrl_ros.config.camera import CameraConfig
from ibrl_ros.config.faults import explain
from ibrl_ros.config.merge import overridden
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.config.teleop import DeviceConfig, TeleopConfig
from ibrl_ros.extension import Extension, ExtensionError
from ibrl_ros.registers import ALGORITHMS, DEVICES

if TYPE_CHECKING:
    from ibrl_ros.rl.config import AgentConfig

Model = TypeVar("Model", bound=BaseModel)

#: Key that names another file of the same kind (without an `extends` of its own) whose values hold where
#: this file says nothing. Mappings are merged, anything else is replaced. Of a section that names another
#: class only those keys are kept that this class knows. In a section it names a file of
#: robot_configs/<section>s: `arm: {extends: fr3}` is robot_configs/arms/fr3.yaml.
EXTENDS = "extends"
_loaded: list[tuple[Path, str]] = []
_AGENT = Extension(ALGORITHMS, "algorithm", "ibrl")


class ConfigError(ValueError):
    """A configuration that cannot be used: which file, which key, which value, what is allowed."""


def config_root() -> Path:
    """The robot_configs folder that belongs to this code: its checkout's, or the one installed with it."""
    package = Path(__file__).resolve().parents[1]
    # Never another prefix's, such as that of the Python that runs: who edits a limit here must not drive with
    # the one that is there.
    candidates = [package.parent / "robot_configs"]
    candidates += [parent / "share/ibrl_ros/robot_configs" for parent in package.parents]
    for candidate in candidates:
        if candidate.is_dir():
            return candidate
    raise ConfigError(f"no robot_configs folder belongs to {package}: install the package anew")


def loaded() -> list[tuple[Path, str]]:
    """The files that this process has read so far, each with the first 8 digits of its content's SHA-256."""
    return list(_loaded)


def load_task(name: str) -> TaskConfig:
    """The task `name` (a file of robot_configs/tasks, or a path)."""
    return load("tasks", name, TaskConfig)


def load_robot(name: str) -> RobotConfig:
    """The robot `name` (a file of robot_configs/robots, or a path)."""
    return load("robots", name, RobotConfig)


def load_camera(name: str) -> CameraConfig:
    """The camera `name` (a file of robot_configs/cameras, or a path)."""
    return load("cameras", name, CameraConfig)


def load_agent(name: str) -> AgentConfig:
    """The agent `name` (a file of robot_configs/agents, or a path)."""
    path = _find("agents", name)
    return parse_agent(str(path), _read(path))


def parse_agent(source: str, content: Any) -> AgentConfig:
    """What an agent's file would hold, checked by the model of the algorithm that it names.

    Args:
        source: where it comes from, for a person to read.
        content: as parsed from YAML.

    Raises:
        ConfigError: as for `load`, or an algorithm that isn't there.
    """
    from ibrl_ros.rl.config import AgentConfig  # imports PyTorch, which a robot PC can do without

    if isinstance(content, dict) and EXTENDS in content:
        content = _extended("agents", source, content, AgentConfig, _AGENT)
    try:
        return _AGENT.parse(content)
    except ExtensionError as error:
        raise ConfigError(f"{source}:\n{explain(error.error, error.model)}") from error
    except ValueError as error:
        raise ConfigError(f"{source}:\n  {_AGENT.key}: {error}") from error


def load_teleop(name: str) -> TeleopConfig:
    """The teleoperation devices `name` (a file of robot_configs/teleop, or a path)."""
    return load("teleop", name, TeleopConfig)


def load_device(name: str, device: str) -> DeviceConfig:
    """The section of a device in the file `name` of teleoperation devices, or its defaults.

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
    """The configuration `name` of a `kind` (a folder of robot_configs), checked against `model`.

    Raises:
        ConfigError: no such file (nor the one that it extends), not YAML, or a key that is unknown, missing
            or out of range.
    """
    path = _find(kind, name)
    return parse(kind, str(path), _read(path), model)


def parse(kind: str, source: str, content: Any, model: type[Model]) -> Model:
    """What a configuration file of a `kind` would hold, checked as `load` does.

    Args:
        kind: a folder of robot_configs, for what `content` extends.
        source: where it comes from, for a person to read.
        content: as parsed from YAML.
        model: of a kind's configurations.

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
    """The file that `content` extends, with the values of `content` in place of its own.

    Args:
        kind: a folder of robot_configs.
        source: where the content comes from, for a person to read.
        content: as parsed from YAML.
        model: of a kind's configurations.
        whole: tells the model of a whole file, if the file may name a class.
    """
    base_path = _find(kind, str(content[EXTENDS]))
    base = _read(base_path)
    if not isinstance(base, dict) or EXTENDS in base:
        raise ConfigError(f"{source}: {EXTENDS} {base_path}, which must be a file that extends no other")
    changes = {key: value for key, value in content.items() if key != EXTENDS}
    return overridden(base if whole is None else whole.applicable(base, changes), changes, model)


def _with_sections(source: str, content: Any) -> Any:
    """`content`, with each section that extends a file completed by that file of robot_configs/<section>s."""
    if not isinstance(content, dict):
        return content
    complete = dict(content)
    for key, section in content.items():
        if isinstance(section, dict) and EXTENDS in section:
            path = _find(f"{key}s", str(section[EXTENDS]))
            base = _read(path)
            if not isinstance(base, dict) or EXTENDS in base:
                raise ConfigError(
                    f"{source}: {key}.{EXTENDS} {path}, which must be a file that extends no other"
                )
            complete[key] = {**base, **{name: value for name, value in section.items() if name != EXTENDS}}
    return complete


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is there twice is an error: of two limits nobody knows which one holds."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping of a node."""
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
    given = Path(name)
    if given.suffix in (".yaml", ".yml"):
        if given.is_file():
            return given
        raise ConfigError(f"{given}: no such file")
    folder = config_root() / kind
    path = folder / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.yaml"))) or "none"
        raise ConfigError(f"unknown {kind.removesuffix('s')} {name!r}; known: {known} (in {folder})")
    return path
