"""A scripted operator in place of a person at the controller: knows the task, but its hand isn't steady."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import TaskConfig
from ibrl_ros.control.poses import multiply, quaternion_from_euler
from ibrl_ros.teleop.source import READY, SourceState, TeleopSample

Phase = Literal["approach", "descend", "close", "lift"]

# Where the Lift task's state holds what the operator looks at (sim/tasks/lift.py, state_names).
_BLOCK_FROM_TCP_DM = slice(0, 3)
_BLOCK_YAW_SIN4, _BLOCK_YAW_COS4 = 3, 4

_GRIPPER_DOWN = np.array([1.0, 0.0, 0.0, 0.0])
_HOVER_M = 0.07
_LIFT_TO_M = 0.14
_OVER_M = 0.020  # near enough above the block to descend
_AROUND_M = 0.014  # near enough to the block's centre to close
_SLIPPING_M = 0.024  # grasped by its edge, it would slip out
_LOST_M = 0.035
_ALIGNED_RAD = 0.25
_CLOSED_ON_NOTHING = 0.9
_CLOSING_STEPS = 6


class ScriptedOperator:
    """Grasps and lifts the block, from proprioception and the simulation's state alone.

    It flies above the block and turns with it, descends, closes, lifts; when the block slips or the gripper
    closes on nothing, it begins anew. Its unsteadiness grows with `noise`: half of it white, half of it
    drifting; it pauses now and then, and misjudges each goal at first.

    Attributes:
        phase: what it is at.
    """

    def __init__(
        self,
        task: str = "lift",
        noise: float = 0.2,
        seed: int = 0,
        position_scale_m: float = 0.05,
        rotation_scale_rad: float = 0.2,
    ) -> None:
        """Readies the operator.

        Args:
            task: only "lift" so far.
            noise: standard deviation of the motion's noise, as a fraction of an action's largest value.
            seed: of the first episode, see `reset`.
            position_scale_m: of the task's actions.
            rotation_scale_rad: of the task's actions.

        Raises:
            ValueError: if the task is unknown or the noise negative.
        """
        if task != "lift":
            raise ValueError(f"the scripted operator knows the task 'lift', not {task!r}")
        if noise < 0:
            raise ValueError(f"noise is a standard deviation, it cannot be {noise}")
        self._hand = _UnsteadyHand(noise)
        self._position_scale_m = position_scale_m
        self._rotation_scale_rad = rotation_scale_rad
        self._phases: dict[Phase, Callable[[NDArray[np.float64], float, float], Phase]] = {
            "approach": self._after_approach,
            "descend": self._after_descend,
            "close": self._after_close,
            "lift": self._after_lift,
        }
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Begins an episode; the same seed and observations give the same commands."""
        self._hand.reset(seed)
        self._enter("approach")

    def command(self, prop: NDArray[np.floating], state: NDArray[np.floating]) -> NDArray[np.float32]:
        """The next action, float32 [7] in [-1, 1].

        Args:
            prop: [8], position (m), quaternion xyzw, gripper (0 open .. 1 closed).
            state: of the Lift task.
        """
        block = np.asarray(state[_BLOCK_FROM_TCP_DM], dtype=np.float64) / 10  # m
        quaternion, gripper = np.asarray(prop[3:7], dtype=np.float64), float(prop[7])
        turn = _turn_to_block(quaternion, float(state[_BLOCK_YAW_SIN4]), float(state[_BLOCK_YAW_COS4]))
        following = self._phases[self.phase](block, float(np.linalg.norm(turn)), gripper)
        if following != self.phase:
            self._enter(following)
        self._steps_in_phase += 1
        if self.phase == "lift":
            turn = np.zeros(3)
        way = self._way(block, float(prop[2]))
        motion = np.concatenate([way / self._position_scale_m, turn / self._rotation_scale_rad])
        closing = 1.0 if self.phase in ("close", "lift") else -1.0
        return np.array([*self._hand.move(motion), closing], dtype=np.float32)

    def _enter(self, phase: Phase) -> None:
        self.phase: Phase = phase
        self._steps_in_phase = 0
        self._hand.aim_anew()

    def _way(self, block: NDArray[np.float64], height_m: float) -> NDArray[np.float64]:
        """From the tool centre point to the phase's goal, m."""
        if self.phase == "approach":
            return block + np.array([0.0, 0.0, _HOVER_M])
        if self.phase in ("descend", "close"):
            return block
        return np.array([0.0, 0.0, _LIFT_TO_M - height_m])

    def _after_approach(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        above = _across(block) < _OVER_M and abs(block[2] + _HOVER_M) < 2 * _OVER_M
        return "descend" if above and turn_rad < _ALIGNED_RAD and gripper < 0.2 else "approach"

    def _after_descend(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        if _across(block) > _LOST_M:
            return "approach"
        return "close" if float(np.abs(block).max()) < _AROUND_M else "descend"

    def _after_close(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        if _across(block) > _SLIPPING_M:
            return "approach"
        return "lift" if self._steps_in_phase >= _CLOSING_STEPS else "close"

    def _after_lift(self, block: NDArray[np.float64], turn_rad: float, gripper: float) -> Phase:
        lost = gripper > _CLOSED_ON_NOTHING or float(np.linalg.norm(block)) > _LOST_M
        return "approach" if lost else "lift"


class _UnsteadyHand:
    """Limits a wanted motion to a person's speed and adds what a person adds without wanting it."""

    _GAIN = 0.7
    _FASTEST = 0.8
    _DRIFT_MEMORY = 0.5
    _PAUSES_PER_STEP = 0.1  # times the noise
    _MISJUDGED = 1.0  # actions' worth of a first aim's error, times the noise
    _CORRECTION = 0.75

    def __init__(self, noise: float) -> None:
        self._noise = noise
        self.reset(0)

    def reset(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._drift = np.zeros(6)
        self._misjudged = np.zeros(6)
        self._pause_steps = 0

    def aim_anew(self) -> None:
        """A new goal, at first not quite where it seems to be."""
        self._misjudged = self._MISJUDGED * self._noise * self._rng.standard_normal(6)

    def move(self, motion: NDArray[np.float64]) -> NDArray[np.float64]:
        """The six values of an action towards the goal, in units of the action's largest value."""
        memory = self._DRIFT_MEMORY
        drive = np.sqrt(1 - memory**2) * self._rng.standard_normal(6)
        self._drift = memory * self._drift + drive
        self._misjudged *= self._CORRECTION
        white = self._rng.standard_normal(6)
        if self._pauses():
            return np.zeros(6)
        wanted = np.clip(self._GAIN * (motion + self._misjudged), -self._FASTEST, self._FASTEST)
        return np.clip(wanted + self._noise * np.sqrt(0.5) * (self._drift + white), -1.0, 1.0)

    def _pauses(self) -> bool:
        if self._pause_steps == 0 and self._rng.random() < self._PAUSES_PER_STEP * self._noise:
            self._pause_steps = int(self._rng.integers(2, 6))
        self._pause_steps = max(0, self._pause_steps - 1)
        return self._pause_steps > 0


def _across(block: NDArray[np.float64]) -> float:
    """Horizontal distance, m."""
    return float(np.hypot(block[0], block[1]))


def _turn_to_block(quaternion: NDArray[np.float64], sin4: float, cos4: float) -> NDArray[np.float64]:
    """Rotation vector [3] (rad) to gripper-down, fingers along a pair of the block's sides."""
    yaw = np.arctan2(sin4, cos4) / 4  # within 45 degrees either way
    goal = multiply(quaternion_from_euler((0.0, 0.0, yaw)), _GRIPPER_DOWN)
    turn = multiply(goal, quaternion * (-1.0, -1.0, -1.0, 1.0))
    return 2.0 * turn[:3] * np.copysign(1.0, turn[3])  # exact enough for the small turns it is fed back on


class ScriptedSource:
    """The operator as a TeleopSource: squeezes the grip while an episode runs."""

    def __init__(self, task: TaskConfig, noise: float, seed: int) -> None:
        self._seed = seed
        self._operator = ScriptedOperator(
            task.name, noise, seed, task.position_scale_m, task.rotation_scale_rad
        )

    @property
    def state(self) -> SourceState:
        """Always ready."""
        return READY

    def begin(self, seed: int) -> None:
        """Starts anew; what the operator does is a function of the scene's seed and its own."""
        self._operator.reset((self._seed << 32) + seed)

    def sample(
        self, prop: NDArray[np.float32], state: NDArray[np.float32] | None, *, running: bool
    ) -> TeleopSample:
        """The operator's command, while an episode runs.

        Raises:
            ValueError: without a state: this operator sees the simulation only.
        """
        if not running:
            return TeleopSample()
        if state is None:
            raise ValueError("the scripted operator drives the simulation only: it needs sim/state")
        return TeleopSample(self._operator.command(prop, state), deadman=True)

    def close(self) -> None:
        """Nothing to let go of."""
