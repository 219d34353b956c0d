"""Command: the output of the safety gate for the arm."""

from __future__ import annotations

from dataclasses import dataclass

from ibrl_ros.control.poses import Pose


@dataclass(frozen=True)
class Command:
    """The present command to arm and gripper.

    Attributes:
        target: target pose for the controller.
        gripper: gripper position, 0 (open) to 1 (closed), for the first action after arming and after each
            change; else None.
        holding: whether the arm holds.
        why: reason for holding, for people.
    """

    target: Pose
    gripper: float | None
    holding: bool
    why: str
