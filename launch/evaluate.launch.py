"""Evaluate a run's agent, or its BC policy alone, in episodes whose scenes depend on the seed alone."""

from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration

from ibrl_ros.ros.launching import arguments, camera_nodes, environment, node, teleop_node
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Robot, episodes and the 10 Hz policy without exploration; ends after `num_episodes`."""
    return LaunchDescription(
        [
            *arguments("task", "robot", "agent", "run_dir", "sim", "clock", "seed", "person", "policy",
                       "cameras", "num_episodes", "video_episodes", "device", "teleop", "teleop_config",
                       "operator_noise", teleop="none"),
            *environment(),
            node("sim_node", "task", "robot", "clock", "video_episodes",
                 condition=IfCondition(LaunchConfiguration("sim"))),
            camera_nodes(),
            node("robot_node", "task", "robot", "clock", "sim", "seed"),
            node("reset_node", "task", "robot", "clock", "seed", "sim", "person", stage="evaluate"),
            node("video_node", "run_dir", "policy", "video_episodes",
                 condition=IfCondition(LaunchConfiguration("sim"))),
            node("policy_node", "task", "robot", "agent", "clock", "run_dir", "seed", "sim", "policy",
                 "num_episodes", "device", "teleop", "teleop_config", stage="evaluate"),
            teleop_node(),
        ]
    )  # fmt: skip
