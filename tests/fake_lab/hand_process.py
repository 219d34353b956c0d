"""A Franka hand as franka_gripper serves it, or a Robotiq one, with everything that goes wrong with them.

As in franka_gripper's gripper_action_server.cpp (branch jazzy): every goal is accepted, and carried out in a
thread of its own; a new one stops the one before it, which then fails; grasp succeeds only if the width that
it ended at is within epsilon; joint_states at 15 Hz hold half the width for each finger.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import rclpy
from control_msgs.action import GripperCommand, ParallelGripperCommand
from rclpy.action import ActionServer, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import JointState

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from franka_msgs.action import Grasp, Homing, Move

from fake_lab.orders import Orders
from ibrl_ros.ros.convert import vector_message

RATE_HZ = 15.0
OPEN_M = 0.08
SPEED_M_S = 0.2
STEP_S = 0.02


class FakeHand(Node):
    """A hand, its faults, and what it was told."""

    def __init__(self, topic: str, joint_states: str, fingers: list[str]) -> None:
        super().__init__("fake_hand")
        self._fingers = fingers
        self._width_m, self._object_m = OPEN_M, 0.0
        self._late_s, self._aborts, self._rejects, self._stuck, self._silent = 0.0, 0, 0, False, False
        self._goals: list[dict[str, Any]] = []
        self._newest = 0
        self._lock = threading.Lock()
        self._joints = self.create_publisher(JointState, joint_states, 1)
        self.create_timer(1 / RATE_HZ, self._tell)
        serve = partial(
            ActionServer, self, goal_callback=self._judge, callback_group=ReentrantCallbackGroup()
        )
        self._servers = [
            serve(Move, f"{topic}/move", partial(self._franka, "move", Move.Result)),
            serve(Grasp, f"{topic}/grasp", partial(self._franka, "grasp", Grasp.Result)),
            serve(Homing, f"{topic}/homing", partial(self._franka, "homing", Homing.Result)),
            serve(GripperCommand, f"{topic}/gripper_action", self._gripper_command),
            serve(ParallelGripperCommand, f"{topic}/parallel", self._parallel),
        ]

    def orders(self) -> dict[str, Callable[..., Any]]:
        """What a test may order, by name."""
        every = (self.faults, self.hold_object, self.goals, self.width_m, self.squeeze)
        return {one.__name__: one for one in every}

    def faults(
        self,
        late_s: float = 0.0,
        aborts: int = 0,
        rejects: int = 0,
        stuck: bool = False,
        silent: bool = False,
    ) -> None:
        """What goes wrong from now on.

        Args:
            late_s: before a goal is begun.
            aborts: so many goals are aborted.
            rejects: so many goals are rejected; franka_gripper never does, others do.
            stuck: goals neither move the fingers nor end.
            silent: no joint_states.
        """
        self._late_s, self._aborts, self._rejects = late_s, aborts, rejects
        self._stuck, self._silent = stuck, silent

    def hold_object(self, width_m: float) -> None:
        """Something so wide lies between the fingers."""
        self._object_m = width_m

    def squeeze(self, width_m: float) -> None:
        """The fingers are moved by hand."""
        self._width_m = width_m

    def goals(self, since: float = 0.0) -> list[dict[str, Any]]:
        """What came since then: time, kind, width_m, outcome."""
        return [goal for goal in self._goals if goal["time"] >= since]

    def width_m(self) -> float:
        """The opening."""
        return self._width_m

    def _tell(self) -> None:
        if not self._silent:
            now_s = self.get_clock().now().nanoseconds * 1e-9
            self._joints.publish(
                vector_message({name: self._width_m / len(self._fingers) for name in self._fingers}, now_s)
            )

    def _judge(self, request: object) -> GoalResponse:
        if self._rejects > 0:
            self._rejects -= 1
            self._note("rejected", 0.0)["outcome"] = "rejected"
            return GoalResponse.REJECT
        return GoalResponse.ACCEPT

    def _franka(self, kind: str, result: type, goal: Any) -> Any:
        width_m = OPEN_M if kind == "homing" else goal.request.width
        reached, error = self._carry_out(kind, width_m)
        if kind == "grasp" and reached:
            epsilon = goal.request.epsilon
            reached = width_m - epsilon.inner < self._width_m < width_m + epsilon.outer
        return self._end(goal, reached, result(success=reached, error=error))

    def _gripper_command(self, goal: Any) -> Any:
        width_m = 2 * goal.request.command.position
        if not 0.0 <= width_m <= OPEN_M:
            return self._end(goal, False, GripperCommand.Result())
        reached, _ = self._carry_out("gripper_command", width_m)
        return self._end(goal, reached, GripperCommand.Result(position=self._width_m, reached_goal=reached))

    def _parallel(self, goal: Any) -> Any:
        reached, _ = self._carry_out("parallel", OPEN_M * (1 - goal.request.command.position[0]))
        return self._end(
            goal, reached, ParallelGripperCommand.Result(reached_goal=reached, stalled=not reached)
        )

    def _end(self, goal: Any, reached: bool, result: Any) -> Any:
        if reached:
            goal.succeed()
        else:
            goal.abort()
        return result

    def _note(self, kind: str, width_m: float) -> dict[str, Any]:
        noted = {"time": time.monotonic(), "kind": kind, "width_m": width_m, "outcome": "under way"}
        self._goals.append(noted)
        return noted

    def _carry_out(self, kind: str, width_m: float) -> tuple[bool, str]:
        """Move the fingers as far as they go; whether that was done, and why not."""
        with self._lock:
            self._newest += 1
            number = self._newest
            noted = self._note(kind, width_m)
        time.sleep(self._late_s)
        noted["outcome"] = why = self._move(number, width_m)
        return not why.startswith("libfranka gripper"), why if why != "done" else ""

    def _move(self, number: int, width_m: float) -> str:
        if self._aborts > 0:
            self._aborts -= 1
            return "libfranka gripper: Command failed!"
        while self._stuck and rclpy.ok() and number == self._newest:
            time.sleep(STEP_S)
        while abs(width_m - self._width_m) > 1e-4:
            if number != self._newest:
                return "libfranka gripper: Command aborted!"
            step = max(-SPEED_M_S * STEP_S, min(SPEED_M_S * STEP_S, width_m - self._width_m))
            if self._width_m + step < self._object_m <= self._width_m:
                self._width_m = self._object_m
                return "done"
            self._width_m += step
            time.sleep(STEP_S)
        return "done"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--topic", default="franka_gripper")
    parser.add_argument("--joint-states", default="joint_states")
    parser.add_argument("--fingers", nargs="+", default=["fr3_finger_joint1", "fr3_finger_joint2"])
    given = parser.parse_args()
    rclpy.init()
    node = FakeHand(given.topic, given.joint_states, given.fingers)
    Orders(node.orders())
    print('{"answer": "ready"}', flush=True)
    executor = MultiThreadedExecutor(8)
    executor.add_node(node)
    executor.spin()


if __name__ == "__main__":
    main()
