"""Typed configurations of tasks, robots, cameras, devices and agents, read from robot_configs/."""

from ibrl_ros.config.camera import CameraConfig, CropConfig
from ibrl_ros.config.loader import (
    ConfigError,
    load_agent,
    load_camera,
    load_device,
    load_robot,
    load_task,
    load_teleop,
)
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.config.teleop import TeleopConfig

__all__ = [
    "CameraConfig",
    "ConfigError",
    "CropConfig",
    "RobotConfig",
    "TaskConfig",
    "TeleopConfig",
    "load_agent",
    "load_camera",
    "load_device",
    "load_robot",
    "load_task",
    "load_teleop",
]
