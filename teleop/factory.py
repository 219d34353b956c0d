"""Makes the source that a name stands for."""

from __future__ import annotations

from ibrl_ros.config import ConfigError, RobotConfig, TaskConfig, TeleopConfig
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.teleop.joystick import JoySource
from ibrl_ros.teleop.keyboard import KeyboardSource
from ibrl_ros.teleop.quest import QuestSource, make_reader
from ibrl_ros.teleop.scripted import ScriptedSource
from ibrl_ros.teleop.source import TeleopSource
from ibrl_ros.teleop.terminal import NoTerminalError, TerminalKeys

SOURCES = ("scripted", "quest", "gamepad", "spacemouse", "keyboard")


def make_source(
    name: str, task: TaskConfig, robot: RobotConfig, config: TeleopConfig, *, noise: float, seed: int
) -> TeleopSource:
    """The source `name`, at work.

    Args:
        name: one of SOURCES.
        task: what is to be done.
        robot: what is moved.
        config: of the devices.
        noise: of the scripted operator's motion, as a part of the action range.
        seed: of the scripted operator.

    Raises:
        ConfigError: another name, the keyboard where there is no terminal, or a task that is too fast.
    """
    limits = GateLimits.of(task, robot)
    if name == "scripted":
        return ScriptedSource(task, limits, noise, seed)
    if name == "quest":
        return QuestSource(make_reader(config.quest), config.quest)
    if name == "gamepad":
        return JoySource(config.gamepad, limits)
    if name == "spacemouse":
        return JoySource(config.spacemouse, limits)
    if name == "keyboard":
        return KeyboardSource(config.keyboard, _terminal(), limits)
    raise ConfigError(f"unknown teleop source {name!r}; known: {', '.join(SOURCES)}")


def needs_enable(name: str, config: TeleopConfig) -> bool:
    """Whether the policy may move only while the enabling switch of the source `name` is held.

    Args:
        name: one of SOURCES, or "none".
        config: of the devices.
    """
    switches = {
        "quest": config.quest.enable,
        "gamepad": config.gamepad.enable,
        "spacemouse": config.spacemouse.enable,
        "keyboard": config.keyboard.enable,
    }
    return switches.get(name) == "hold"


def _terminal() -> TerminalKeys:
    try:
        return TerminalKeys()
    except NoTerminalError as error:
        raise ConfigError(
            "teleop:=keyboard needs a terminal, and a launch gives it none. Launch with teleop:=none "
            "and run beside it: ros2 run ibrl_ros teleop_node --ros-args -p teleop:=keyboard -p task:=lift"
        ) from error
