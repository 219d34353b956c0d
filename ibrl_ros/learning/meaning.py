"""The settings that give an episode's numbers their meaning: with others the same numbers say something else.

What shapes episodes and changes no number's meaning isn't among them, and may be edited within a run:
prompts, `episode_steps`, the place of home, the workspace, the success rule, stall, reset, forces, names,
topics.
"""

from __future__ import annotations

from typing import Any

from ibrl_ros.config import RobotConfig, TaskConfig

#: What a step and an action are, which orientation has which sign, what the pictures are.
TASK_SETTINGS = {"rate_hz", "position_scale_m", "rotation_scale_rad", "image_size"}
#: Between which openings the gripper's number lies.
GRIPPER_SETTINGS = {"open_position", "closed_position"}


def meaning_of(task: TaskConfig, robot: RobotConfig | None, *, simulated: bool) -> dict[str, Any]:
    """The settings by section and name, as YAML can hold them.

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
