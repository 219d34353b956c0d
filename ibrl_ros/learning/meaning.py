"""The settings that define the meaning of an episode's numbers, such as scales and rates.

They must not change within a run. Other settings may: prompts, `episode_steps`, the position of home, the
workspace, the success rule, stall, reset, forces, names, topics.
"""

from __future__ import annotations

from typing import Any

from ibrl_ros.config import RobotConfig, TaskConfig

#: Duration of a step, scales of an action, size of the pictures.
TASK_SETTINGS = {"rate_hz", "position_scale_m", "rotation_scale_rad", "image_size"}
#: Openings at which the gripper's number is 0 and 1.
GRIPPER_SETTINGS = {"open_position", "closed_position"}


def meaning_of(task: TaskConfig, robot: RobotConfig | None, *, simulated: bool) -> dict[str, Any]:
    """Returns the settings by section and name, with values that YAML can hold.

    Args:
        task: task of the recorded episodes.
        robot: robot that carries them out; None for the benchmark's own simulation.
        simulated: whether the robot is simulated.
    """
    settings: dict[str, Any] = {
        "simulated": simulated,
        "task": {
            **task.model_dump(mode="json", include=TASK_SETTINGS),
            "cameras": sorted(task.cameras),
            "home_quaternion_xyzw": list(task.home.quaternion_xyzw),
        },
    }
    if robot is not None:
        gripper = robot.gripper.model_dump(mode="json", include=GRIPPER_SETTINGS)
        settings["robot"] = {"frame_id": robot.frame_id, "gripper": gripper}
    if simulated and task.sim is not None:
        settings["sim"] = {"task": task.sim.task, "state_dim": len(task.state_names)}
    return settings
