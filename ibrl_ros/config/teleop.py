"""Teleoperation: the sections of the devices with which a person moves the robot."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, RootModel, SerializeAsAny

from ibrl_ros.config.base import Config
from ibrl_ros.extension import Extensions, model_of
from ibrl_ros.registers import DEVICES

#: Whether the policy may act only while a switch is held.
Enable = Literal["none", "hold"]
HOLD = "hold: the policy moves only while the enabling switch is held, in training and evaluation"


class DeviceConfig(Config):
    """Base of the section of every device, without settings of its own."""

    @property
    def needs_enable(self) -> bool:
        """Whether the policy moves only while the device's enabling switch is held."""
        return False


class SwitchedConfig(DeviceConfig):
    """A device that may have an enabling switch."""

    enable: Enable = Field("none", description=HOLD)

    @property
    def needs_enable(self) -> bool:
        """Whether `enable` is "hold"."""
        return self.enable == "hold"


class TeleopConfig(RootModel[Annotated[dict[str, SerializeAsAny[DeviceConfig]], Extensions(DEVICES)]]):
    """The devices of a person, one section for each. The file is robot_configs/teleop/<name>.yaml.

    A key is a device's name, or 'package.module:Class' of your own.
    """

    model_config = ConfigDict(frozen=True)

    def section(self, device: str) -> DeviceConfig:
        """Returns the section of a device; its defaults if the file has no section.

        Args:
            device: registered name, or module:Class.

        Raises:
            ValueError: the device is unknown, or has no section although it has keys without a default.
        """
        if device in self.root:
            return self.root[device]
        model = model_of(DEVICES, device)
        needed = [name for name, field in model.model_fields.items() if field.is_required()]
        if needed:
            raise ValueError(f"there is no section {device!r}, which needs {', '.join(needed)}")
        return model()  # type: ignore[return-value]
