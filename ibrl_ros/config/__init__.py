"""Typed configurations: tasks, robots, agents. Loaded from robot_configs/, checked as they are loaded."""

from ibrl_ros.config.camera import CameraConfig, CropConfig, RealSenseConfig, V4l2Config, VideoFileConfig
from ibrl_ros.config.loader import ConfigError, load_agent, load_camera, load_robot, load_task, load_teleop
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig
from ibrl_ros.config.teleop import TeleopConfig

__all__ = [
    "CameraConfig",
    "ConfigError",
    "CropConfig",
    "RealSenseConfig",
    "RobotConfig",
    "TaskConfig",
    "TeleopConfig",
    "V4l2Config",
    "VideoFileConfig",
    "load_agent",
    "load_camera",
    "load_robot",
    "load_task",
    "load_teleop",
]
