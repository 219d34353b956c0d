"""Record demonstrations: a person (or, in simulation, a scripted operator) moves the robot."""

from ibrl_ros.ros.launching import arguments, environment, node, parts, robot_nodes
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Robot, teleoperation, episodes and the 10 Hz loop that records; ends after `num_demos` successes."""
    return LaunchDescription(
        [
            *arguments("task", "robot", "run_dir", "sim", "clock", "seed", "person", "num_demos", "teleop",
                       "cameras", "device", "teleop_config", "operator_noise", "part", "namespace"),
            *environment(),
            parts(
                robot=robot_nodes("collect"),
                policy=[node("policy_node", "task", "robot", "clock", "run_dir", "seed", "sim", "num_demos",
                             "device", "cameras", "part", stage="collect")],
            ),
        ]
    )  # fmt: skip
