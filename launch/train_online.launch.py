"""Train on the robot: behaviour cloning first if there is no BC policy yet, then IBRL."""

from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration

from ibrl_ros.ros.launching import arguments, camera_nodes, environment, learner_node, node, teleop_node
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Robot, episodes, the 10 Hz policy and the learner; ends when `max_steps` are learned from."""
    return LaunchDescription(
        [
            *arguments("task", "robot", "agent", "run_dir", "sim", "clock", "seed", "person", "max_steps",
                       "cameras", "threads", "device", "teleop", "teleop_config", "operator_noise",
                       teleop="none"),
            *environment(),
            node("sim_node", "task", "robot", "clock", condition=IfCondition(LaunchConfiguration("sim"))),
            camera_nodes(),
            node("robot_node", "task", "robot", "clock", "sim", "seed"),
            node("reset_node", "task", "robot", "clock", "seed", "sim", "person", stage="train"),
            node("policy_node", "task", "robot", "agent", "clock", "run_dir", "seed", "sim", "max_steps",
                 "device", "teleop", "teleop_config", stage="train"),
            teleop_node(),
            learner_node(),
        ]
    )  # fmt: skip
