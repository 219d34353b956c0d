"""Bits for MuJoCo's contact filter: the robot collides with the table and loose objects, not with itself."""

from __future__ import annotations

ROBOT_BIT, OBJECT_BIT = 1, 2
