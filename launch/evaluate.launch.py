"""Evaluate a run's agent, or its BC policy alone, in episodes whose scenes depend on the seed alone."""

from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration

from ibrl_ros.ros.launching import arguments, environment, node, parts, restarted_node, robot_nodes
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Robot, episodes and the 10 Hz policy without exploration; ends after `num_episodes`."""
    return LaunchDescription(
        [
            *arguments("task", "robot", "agent", "run_dir", "sim", "clock", "seed", "person", "policy",
                       "cameras", "num_episodes", "video_episodes", "device", "teleop", "teleop_config",
                       "operator_noise", "part", "namespace", "checkpoint", teleop="none"),
            *environment(),
            parts(
                robot=robot_nodes("evaluate", "video_episodes"),
                policy=[
                    restarted_node("video_node", "run_dir", "policy", "video_episodes", given_up=lambda _: [],
                                   condition=IfCondition(LaunchConfiguration("sim"))),
                    node("policy_node", "task", "robot", "agent", "clock", "run_dir", "seed", "sim", "policy",
                         "num_episodes", "device", "teleop", "teleop_config", "cameras", "part",
                         "checkpoint", stage="evaluate"),
                ],
            ),
        ]
    )  # fmt: skip
