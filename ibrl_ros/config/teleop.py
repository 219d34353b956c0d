"""Teleoperation: the sections of the devices by which a person moves the robot."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, SerializeAsAny

from ibrl_ros.config.base import Config
from ibrl_ros.extension import Extensions
from ibrl_ros.registers import DEVICES

#: Whether the policy needs a switch held to move.
Enable = Literal["none", "hold"]
HOLD = "hold: the policy moves only while the enabling switch is held, in training and evaluation"


class DeviceConfig(Config):
    """What the section of every device has: nothing that all of them share."""

    @property
    def needs_enable(self) -> bool:
        """Whether the policy moves only while the device's enabling switch is held."""
        return False


class SwitchedConfig(DeviceConfig):
    """A device that may have an enabling switch."""

    enable: Enable = Field("none", description=HOLD)

    @property
    def needs_enable(self) -> bool:
        """As `enable` says."""
        return self.enable == "hold"


class TeleopConfig(RootModel[Annotated[dict[str, SerializeAsAny[DeviceConfig]], Extensions(DEVICES)]]):
    """The devices of a person, a section each. The file is robot_configs/teleop/<name>.yaml.

    A key is a device's name, or 'package.module:Class' of your own.
    """

    model_config = ConfigDict(frozen=True)

    def section(self, device: str) -> DeviceConfig:
        """The section of a device; its defaults where the file has none.

        Args:
            device: a registered name, or module:Class.

        Raises:
            ValueError: there is no such device, or it has no section, and keys without a default.
        """
        if device in self.root:
            return self.root[device]
        model: type[BaseModel] = DEVICES.find(device).Config  # type: ignore[attr-defined]
        needed = [name for name, field in model.model_fields.items() if field.is_required()]
        if needed:
            raise ValueError(f"there is no section {device!r}, which needs {', '.join(needed)}")
        return model()  # type: ignore[return-value]
