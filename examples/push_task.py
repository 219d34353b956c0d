"""Example of a simulated task: push a puck into a marked area. Class, settings and scripted operator.

PYTHONPATH=examples ibrl demo --task examples/push.yaml --agent small_state --run runs/push
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import mujoco
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ibrl_ros.config.base import Vector2
from ibrl_ros.config.sim import SimTaskConfig
from ibrl_ros.control.poses import rotation_vector
from ibrl_ros.sim.contacts import OBJECT_BIT, ROBOT_BIT
from ibrl_ros.sim.scene import mark_area
from ibrl_ros.sim.task import DECIMETRES, Task
from ibrl_ros.teleop.operator import PhasedOperator
from ibrl_ros.teleop.unsteady_hand import UnsteadyHand

if TYPE_CHECKING:
    from ibrl_ros.sim.world import World

RADIUS_M, HEIGHT_M = 0.05, 0.03


class PushConfig(SimTaskConfig):
    """Push a puck away from the arm, onto a mark. The puck lies at a random place in its area."""

    puck_low_m: Vector2 = Field(description="corner (x, y) of the area for the puck's middle, base frame")
    puck_high_m: Vector2 = Field(description="the opposite corner")
    goal_m: Vector2 = Field(description="where the puck's middle is to come to")
    goal_within_m: float = Field(0.04, gt=0, description="how near to that it must come")


class Push(Task):
    """Success if the centre of the puck is near the goal."""

    Config = PushConfig
    operator = "push_task:PushOperator"
    state_names = (
        "puck_from_tcp_x_dm",
        "puck_from_tcp_y_dm",
        "puck_from_tcp_z_dm",
        "goal_from_puck_x_dm",
        "goal_from_puck_y_dm",
    )

    def attach(self, spec: mujoco.MjSpec) -> None:
        """Add the puck and the mark to the model."""
        goal_m = self.config.goal_m
        mark_area(spec.worldbody, goal_m, goal_m, RADIUS_M + self.config.goal_within_m)
        puck = spec.worldbody.add_body(name="puck", pos=[0.5, 0.0, HEIGHT_M / 2])
        puck.add_freejoint(name="puck")
        puck.add_geom(
            type=mujoco.mjtGeom.mjGEOM_CYLINDER,
            size=[RADIUS_M, HEIGHT_M / 2, 0.0],
            mass=0.15,
            rgba=[0.16, 0.42, 0.72, 1.0],
            contype=OBJECT_BIT,
            conaffinity=ROBOT_BIT,
        )

    def reset(self, world: World, rng: np.random.Generator) -> None:
        """Place the puck at random in its area, and the arm at random near home."""
        at = rng.uniform(self.config.puck_low_m, self.config.puck_high_m)
        world.data.joint("puck").qpos[:] = *at, HEIGHT_M / 2, 1.0, 0.0, 0.0, 0.0
        self.start_near_home(world, rng)

    def state(self, world: World) -> NDArray[np.float32]:
        """Float32 [5], see `state_names`."""
        from_tcp = world.data.body("puck").xpos - world.tcp_m
        return np.array([*from_tcp * DECIMETRES, *self._left_m(world) * DECIMETRES], np.float32)

    def success(self, world: World) -> bool:
        """Whether the puck is on the mark."""
        return bool(np.linalg.norm(self._left_m(world)) < self.config.goal_within_m)

    def _left_m(self, world: World) -> NDArray[np.float64]:
        """Vector from the puck to the goal, m, float64 [2]."""
        return np.subtract(self.config.goal_m, world.data.body("puck").xpos[:2])


class PushOperator(PhasedOperator[Literal["go behind", "lower", "push"]]):
    """Moves behind the puck, lowers the open fingers, and pushes with both fingers."""

    _DOWN = np.array([1.0, 0.0, 0.0, 0.0])
    _BEHIND_M, _TOUCHING_M = RADIUS_M + 0.04, 0.03
    _ABOVE_M, _NEAR_M, _CAREFULLY_M = 0.08, 0.02, 0.025

    def __init__(self, hand: UnsteadyHand, state_names: Sequence[str]) -> None:
        super().__init__(hand, state_names, "go behind")

    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """The next action, see `Operator.command`."""
        puck = self._way_m(state, "puck_from_tcp") - self._ahead_m
        goal = np.array([self._value(state, f"goal_from_puck_{axis}_dm") for axis in "xy"] + [0.0]) / 10
        along = goal / max(float(np.linalg.norm(goal)), 1e-6)
        behind = puck - self._BEHIND_M * along
        self._move_on(self._following(puck, behind))
        ways = {
            "go behind": behind + np.array([0.0, 0.0, self._ABOVE_M]),
            "lower": behind,
            "push": np.clip(puck + goal - self._TOUCHING_M * along, -self._CAREFULLY_M, self._CAREFULLY_M),
        }
        turn = rotation_vector(prop[3:7], self._DOWN) - self._ahead_rad
        return np.array([*self._hand.move(ways[self.phase], turn), -1.0], np.float32)

    def _following(
        self, puck: NDArray[np.float64], behind: NDArray[np.float64]
    ) -> Literal["go behind", "lower", "push"]:
        """The next phase, from the position of the hand."""
        over = float(np.hypot(*behind[:2])) < self._NEAR_M
        if self.phase == "go behind":
            return "lower" if over and behind[2] > -2 * self._ABOVE_M else "go behind"
        if self.phase == "lower":
            return "push" if abs(behind[2]) < self._NEAR_M else "lower"
        slipped = abs(puck[1]) > RADIUS_M or puck[0] < 0.0
        return "go behind" if slipped else "push"
