"""Which bodies touch which: the robot touches the table and loose objects, but not itself."""

from __future__ import annotations

ROBOT_BIT, OBJECT_BIT = 1, 2
