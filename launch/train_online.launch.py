"""Train on the robot: behaviour cloning first if there is no BC policy yet, then IBRL."""

from ibrl_ros.ros.launching import arguments, environment, learner_node, node, parts, robot_nodes
from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """Robot, episodes, the 10 Hz policy and the learner; ends when `max_steps` are learned from."""
    return LaunchDescription(
        [
            *arguments("task", "robot", "agent", "run_dir", "sim", "clock", "seed", "person", "max_steps",
                       "cameras", "threads", "device", "replay_memory_gb", "teleop", "teleop_config",
                       "operator_noise", "part", "namespace", "keep", teleop="none"),
            *environment(),
            parts(
                robot=robot_nodes("train"),
                policy=[node("policy_node", "task", "robot", "agent", "clock", "run_dir", "seed", "sim",
                             "max_steps", "device", "teleop", "teleop_config", "cameras", "part",
                             stage="train")],
                learner=[learner_node()],
            ),
        ]
    )  # fmt: skip
