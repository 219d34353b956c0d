"""What a check is told, and what it returns."""

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
        name: what was looked at.
        level: "missing" is what the chosen setup can't work without.
        says: what was found.
        do: what to do about it; empty where nothing needs to be done.
    """

    name: str
    level: Level
    says: str
    do: str = ""

    def excused(self, why: str) -> Finding:
        """The same, but fine: what it lacks isn't needed."""
        return self if self.level == "ok" else Finding(self.name, "ok", f"{self.says} ({why})")


@dataclass(frozen=True)
class Setup:
    """What is to be used, as the launch arguments of the same names say.

    Attributes:
        robot: its configuration.
        task: its configuration.
        cameras: by the name that the task gives it; none in simulation.
        teleop: the source of the person's commands.
        devices: the configuration of teleoperation devices.
        run_dir: folder of the run, which need not exist yet.
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
