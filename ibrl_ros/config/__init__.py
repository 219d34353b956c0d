"""Typed configurations: tasks, robots, agents. Loaded from robot_configs/, checked as they are loaded."""

from ibrl_ros.config.loader import ConfigError, load_agent, load_robot, load_task
from ibrl_ros.config.robot import RobotConfig
from ibrl_ros.config.task import TaskConfig

__all__ = ["ConfigError", "RobotConfig", "TaskConfig", "load_agent", "load_robot", "load_task"]
