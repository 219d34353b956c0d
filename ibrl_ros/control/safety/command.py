"""Command: what the gate tells the arm."""

from __future__ import annotations

from dataclasses import dataclass

from ibrl_ros.control.poses import Pose


@dataclass(frozen=True)
class Command:
    """What the arm is to do now.

    Attributes:
        target: the pose for the controller.
        gripper: 0 (open) to 1 (closed), only for the first action after arming and when it has changed.
        holding: whether the arm holds; it moves only where this is false.
        why: the reason for holding, for a person to read.
    """

    target: Pose
    gripper: float | None
    holding: bool
    why: str
