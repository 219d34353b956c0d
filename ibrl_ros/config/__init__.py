"""Typed configurations: tasks, robots, agents. Loaded from robot_configs/, checked as they are loaded."""

from ibrl_ros.config.camera import CameraConfig, CropConfig, RealSenseConfig, V4l2Config, VideoFileConfig
from ibrl_ros.config.loader import ConfigError, load_agent, load_camera, load_robot, load_task
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig

__all__ = [
    "CameraConfig",
    "ConfigError",
    "CropConfig",
    "RealSenseConfig",
    "RobotConfig",
    "TaskConfig",
    "V4l2Config",
    "VideoFileConfig",
    "load_agent",
    "load_camera",
    "load_robot",
    "load_task",
]
