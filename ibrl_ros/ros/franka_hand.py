"""The Franka hand, commanded by the actions of franka_gripper, its driver in franka_ros2."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from ibrl_ros.config.robot import GripperConfig
from ibrl_ros.ros.goals import Ending, Goals
from ibrl_ros.ros.gripper_actions import ActionGripper, action_type

#: Enough time to close, open and close again; a driver that needs longer has failed.
HOMING_STUCK_AFTER_S = 20.0


class FrankaActionsGripper(ActionGripper):
    """`grasp` closes and keeps a force, `move` opens, `homing` measures the range of the fingers."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        self._move, self._grasp, self._homing = (
            Goals(node, action_type("franka_msgs", kind), f"{topic}/{kind.lower()}")
            for kind in ("Move", "Grasp", "Homing")
        )
        super().__init__(node, config, self._move, self._grasp)
        self._homing_since_s: float | None = None

    def goal(self, closing: bool) -> tuple[Goals, Any]:
        """The action client to use, and the goal to send."""
        config = self._config
        action = self._grasp if closing else self._move
        goal = action.kind.Goal()
        goal.width = config.command_closed if closing else config.command_open
        goal.speed = config.speed_m_s
        if closing:  # any width is accepted: the task decides whether an object was grasped
            goal.force = config.max_effort
            goal.epsilon.inner = goal.epsilon.outer = abs(config.command_open - config.command_closed)
        return action, goal

    def complaint(self, closing: bool, ending: Ending) -> str:
        """The failure; empty for a grasp of nothing, which the driver aborts without an error."""
        result = ending.result
        if result is None or ending.word == "was cancelled":
            return ending.word
        if result.success or (closing and not result.error):
            return ""
        return f"{ending.word}: {result.error}" if result.error else ending.word

    def tick(self, now_s: float) -> None:
        """Send the goal that is due. During homing nothing is sent, because a goal would abort it."""
        since_s = self._homing_since_s
        if since_s is None:
            super().tick(now_s)
        elif not 0 <= now_s - since_s < HOMING_STUCK_AFTER_S:
            self._homed(f"no result for {HOMING_STUCK_AFTER_S:.0f} s")

    def home(self) -> tuple[bool, str]:
        """Start homing: the fingers close, and open completely."""
        if self._homing_since_s is not None:
            return False, "the fingers are being homed already"
        if not self._homing.offered:
            return False, f"nobody offers the action {self._homing.name}: is franka_gripper running?"
        self.forget()
        since_s = self._homing_since_s = self._now_s

        def ended(ending: Ending) -> None:
            if self._homing_since_s == since_s:
                good = ending.result is not None and ending.result.success
                error = getattr(ending.result, "error", "")
                self._homed("" if good else f"{ending.word} {error}".strip())

        self._homing.send(self._homing.kind.Goal(), ended)
        return True, "the fingers move"

    def _homed(self, wrong: str) -> None:
        self._homing_since_s = None
        self.forget()  # homing leaves the fingers open, whatever was commanded before
        if wrong:
            self.say_failed(f"{self._homing.name}: {wrong}")
