"""The settings that define what an episode's numbers mean and which episodes are possible.

They must not change within a run: another task, arm, tool, scale, rate, picture, workspace or length of an
episode. Other settings may: prompts, the position of home, the success rule, stall, reset, forces, topics.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ibrl_ros.config import CameraConfig, RobotConfig, TaskConfig
from ibrl_ros.config.sim import DEFAULT_ARM

#: Duration of a step, scales of an action, size of the pictures, limits of an episode.
TASK_SETTINGS = {
    "name", "rate_hz", "position_scale_m", "rotation_scale_rad", "image_size", "episode_steps", "workspace",
}  # fmt: skip
#: Openings at which the gripper's number is 0 and 1.
GRIPPER_SETTINGS = {"open_position", "closed_position"}
#: The arm, by its joints, and the point of the tool whose pose is recorded.
ARM_SETTINGS = {"joints", "tcp_offset_m", "tcp_turn_rad"}


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
        if robot.arm is not None:
            settings["robot"]["arm"] = robot.arm.model_dump(mode="json", include=ARM_SETTINGS)
    if simulated and task.sim is not None:
        settings["sim"] = {"task": task.sim.task, "state_dim": len(task.state_names)}
        if robot is not None:
            settings["sim"]["arm"] = DEFAULT_ARM if robot.sim is None else robot.sim.arm
    return settings


def meaning_of_pictures(cameras: Mapping[str, CameraConfig]) -> dict[str, Any]:
    """Returns what of the cameras' settings defines what a picture shows: crop, and size before it.

    Args:
        cameras: configuration of each camera, by its name.
    """
    return {
        name: {
            "crop": None if camera.crop is None else camera.crop.model_dump(),
            "picture_size": list(camera.source.picture_size() or ()),
        }
        for name, camera in cameras.items()
    }
