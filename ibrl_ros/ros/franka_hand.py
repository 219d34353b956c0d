"""The Franka hand behind the actions of franka_gripper, the driver in franka_ros2."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from ibrl_ros.config.robot import GripperConfig
from ibrl_ros.ros.goals import Ending, Goals
from ibrl_ros.ros.gripper_actions import ActionGripper, action_type

#: Closing, opening and closing again; a driver that needs longer is stuck.
HOMING_STUCK_AFTER_S = 20.0


class FrankaActionsGripper(ActionGripper):
    """`grasp` keeps a force on what it finds, `move` opens, `homing` finds out how far the fingers go."""

    def __init__(self, node: Node, config: GripperConfig, topic: str) -> None:
        self._move, self._grasp, self._homing = (
            Goals(node, action_type("franka_msgs", kind), f"{topic}/{kind.lower()}")
            for kind in ("Move", "Grasp", "Homing")
        )
        super().__init__(node, config, self._move, self._grasp)
        self._homing_since_s: float | None = None

    def goal(self, closing: bool) -> tuple[Goals, Any]:
        """The action to ask, and what for."""
        config = self._config
        action = self._grasp if closing else self._move
        goal = action.kind.Goal()
        goal.width = config.command_closed if closing else config.command_open
        goal.speed = config.speed_m_s
        if closing:  # any width is right: whether something was grasped is for the task to say
            goal.force = config.max_effort
            goal.epsilon.inner = goal.epsilon.outer = abs(config.command_open - config.command_closed)
        return action, goal

    def complaint(self, closing: bool, ending: Ending) -> str:
        """What is wrong; a grasp that found nothing, which the driver aborts without an error, isn't."""
        result = ending.result
        if result is None or ending.word == "was cancelled":
            return ending.word
        if result.success or (closing and not result.error):
            return ""
        return f"{ending.word}: {result.error}" if result.error else ending.word

    def tick(self, now_s: float) -> None:
        """Send what is due; while the fingers are homed that waits, for it would abort the homing."""
        since_s = self._homing_since_s
        if since_s is None:
            super().tick(now_s)
        elif not 0 <= now_s - since_s < HOMING_STUCK_AFTER_S:
            self._homed(f"no result for {HOMING_STUCK_AFTER_S:.0f} s")

    def home(self) -> tuple[bool, str]:
        """Begin to home the fingers: they close, and open as far as they go."""
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
        self.forget()  # homing leaves them open, whatever they were told before
        if wrong:
            self.say_failed(f"{self._homing.name}: {wrong}")
