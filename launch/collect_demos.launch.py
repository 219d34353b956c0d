"""Record demonstrations: a person (or, in simulation, a scripted operator) moves the robot."""

from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration

from ibrl_ros.ros.launching import arguments, camera_nodes, environment, node, teleop_node
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Robot, teleoperation, episodes and the 10 Hz loop that records; ends after `num_demos` successes."""
    return LaunchDescription(
        [
            *arguments("task", "robot", "run_dir", "sim", "clock", "seed", "person", "num_demos", "teleop",
                       "cameras", "device", "teleop_config", "operator_noise"),
            *environment(),
            node("sim_node", "task", "robot", "clock", condition=IfCondition(LaunchConfiguration("sim"))),
            camera_nodes(),
            node("robot_node", "task", "robot", "clock", "sim", "seed"),
            teleop_node(),
            node("reset_node", "task", "robot", "clock", "seed", "sim", "person", stage="collect"),
            node("policy_node", "task", "robot", "clock", "run_dir", "seed", "sim", "num_demos",
                 "device", stage="collect"),
        ]
    )  # fmt: skip
