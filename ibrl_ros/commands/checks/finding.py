"""Setup, the argument of every check, and Finding, its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ibrl_ros.config import CameraConfig, RobotConfig, TaskConfig, TeleopConfig

Level = Literal["ok", "warning", "missing"]


class Finding(NamedTuple):
    """One line of the table.

    Attributes:
        name: subject of the check.
        level: "ok", "warning", or "missing" for what the setup can't work without.
        says: result of the check.
        do: action for the user; empty if none is needed.
    """

    name: str
    level: Level
    says: str
    do: str = ""

    def excused(self, why: str) -> Finding:
        """The finding with level "ok", and the reason why it is no problem in this setup."""
        return self if self.level == "ok" else Finding(self.name, "ok", f"{self.says} ({why})")


@dataclass(frozen=True)
class Setup:
    """The setup to check; its fields mean the same as the launch arguments of these names.

    Attributes:
        robot: configuration of the robot.
        task: configuration of the task.
        cameras: configuration of each camera, by its name in the task; empty in simulation.
        teleop: source of the person's commands.
        devices: configuration of the teleoperation devices.
        run_dir: folder of the run; may not exist yet.
    """

    robot: RobotConfig
    task: TaskConfig
    cameras: Mapping[str, CameraConfig]
    teleop: str
    devices: TeleopConfig
    run_dir: Path

    @property
    def simulated(self) -> bool:
        """Whether there is no real robot."""
        return self.robot.interface == "sim"
