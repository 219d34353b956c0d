"""Gymnasium environment of a simulated task, with the robot's observation and action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ibrl_ros.config import TaskConfig, load_robot, load_task
from ibrl_ros.control.episode.judge import out_of_bounds
from ibrl_ros.control.episode.stall import StallWatch
from ibrl_ros.control.safety.gripper_target import GripperTarget
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.safety.motion import Motion
from ibrl_ros.sim.arm import create_arm
from ibrl_ros.sim.validity import SimulationError
from ibrl_ros.sim.world import World

_VIDEO_PX = (360, 480)


class TaskEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """A task at 10 Hz: reward 1 and the end of the episode when it is done; truncated after the task's steps.

    The arm moves as behind the safety gate: `control.step.carry_out` computes the goal of an action, with the
    limits of a robot.

    Observation: {"images": {camera: uint8 [size, size, 3]}, "prop": float32 [8], "state": float32 [S]};
    without cameras there is no "images". Action: float32 [7] in [-1, 1]: a displacement, a turn, and the
    gripper, -1 open to +1 closed. A step's info holds whether the task is done (`success`), the executed
    action (`executed`, float32 [7]), the limits that changed it (`cuts`), and, if the arm doesn't follow, the
    reason (`fault`), which truncates the episode.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012

    def __init__(
        self,
        task: str | TaskConfig = "lift",
        cameras: Sequence[str] = ("wrist",),
        image_size: int = 96,
        render_mode: str | None = None,
        robot: str = "sim",
    ) -> None:
        """Build the simulation.

        Args:
            task: name or path of a task's configuration, or the configuration itself.
            cameras: names of the cameras to observe; empty for speed.
            image_size: width and height of the pictures, pixels.
            render_mode: "rgb_array" for `render()` from the front camera, or None.
            robot: name or path of a robot's configuration, with arm and limits.

        Raises:
            ConfigError: a configuration can't be loaded, or the task is too fast for the robot.
            ValueError: the task can't be simulated, or a camera is unknown.
        """
        self.render_mode = render_mode
        self.config = task if isinstance(task, TaskConfig) else load_task(task)
        robot_config = load_robot(robot)
        self.world = World(self.config, create_arm(robot_config))
        unknown = set(cameras) - set(self.world.cameras)
        if unknown:
            raise ValueError(f"unknown cameras {sorted(unknown)}; known: {', '.join(self.world.cameras)}")
        self._cameras, self._image_size = tuple(cameras), image_size
        self._limits = GateLimits.of(self.config, robot_config)
        self._stall = StallWatch(self.config.stall, self.config.rate_hz)
        self._begin()
        self.action_space = spaces.Box(-1.0, 1.0, (7,), np.float32)
        self.observation_space = self._observation_space()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode with the scene of `World.reset(seed)`, or a random scene without a seed."""
        super().reset(seed=seed)
        self.world.reset(int(self.np_random.integers(2**31)) if seed is None else seed)
        self._stall.reset()
        self._begin()
        return self._observe(), {"success": False}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Execute one action over the duration of a step.

        Success, a lost task, a stalled arm and an arm out of bounds terminate the episode. The task's number
        of steps, and an arm that doesn't follow, truncate it.

        If the simulated state becomes invalid, the episode is truncated with the observation of the step
        before, and info["fault"] holds the reason.

        Raises:
            ValueError: the action isn't seven finite numbers.
        """
        values = np.asarray(action, dtype=np.float64)
        if values.shape != (7,) or not np.isfinite(values).all():
            raise ValueError(f"an action is seven finite numbers, got {action}")
        try:
            info = self._move(values)
        except SimulationError as error:
            return self._seen, 0.0, False, True, {"success": False, "fault": str(error)}
        self._steps += 1
        success = self.world.success()
        observation = self._observe()
        position_m = observation["prop"][:3]
        stalled, outside = self._stall.update(position_m), out_of_bounds(self.config.workspace, position_m)
        terminated = success or self.world.lost() or stalled or outside
        truncated = not terminated and ("fault" in info or self._steps >= self.config.episode_steps)
        return observation, float(success), terminated, truncated, {"success": success, **info}

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """Returns the front camera's picture, uint8 [360, 480, 3], or None without a render mode."""
        return self.world.render("front", *_VIDEO_PX) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Free the renderers."""
        self.world.close()

    def _begin(self) -> None:
        """Start at the arm's measured pose, without a gripper command."""
        self._motion, self._gripper, self._closed = Motion(self._limits), GripperTarget(), 0.0
        self._motion.settle(self.world.current_pose(), 0.0)
        self._steps = 0

    def _move(self, values: NDArray[np.float64]) -> dict[str, Any]:
        """Execute an action [7]; returns its execution as info, with "fault" if the arm doesn't follow."""
        step_s, measured = self._limits.step_s, self.world.current_pose()
        begin_s = self._steps * step_s
        step = self._motion.take(values, measured, begin_s)
        target = self._motion.advance(measured, begin_s + step_s)
        fault = self._motion.unfollowed(measured, begin_s + step_s)
        self._gripper.want(float(values[6]))
        change = self._gripper.change()
        self._closed = self._closed if change is None else change
        self.world.step(target, self._closed, step_s)
        info = {"executed": step.executed.astype(np.float32), "cuts": step.cuts}
        return info | {"fault": fault} if fault else info

    def _observe(self) -> dict[str, Any]:
        observation: dict[str, Any] = {"prop": self.world.prop(), "state": self.world.state()}
        if self._cameras:
            size = self._image_size
            observation["images"] = {name: self.world.render(name, size, size) for name in self._cameras}
        self._seen = observation
        return observation

    def _observation_space(self) -> spaces.Dict:
        size, states = self._image_size, len(self.world.task.state_names)
        parts: dict[str, spaces.Space[Any]] = {
            "prop": spaces.Box(-np.inf, np.inf, (8,), np.float32),
            "state": spaces.Box(-np.inf, np.inf, (states,), np.float32),
        }
        if self._cameras:
            image = spaces.Box(0, 255, (size, size, 3), np.uint8)
            parts["images"] = spaces.Dict({name: image for name in self._cameras})
        return spaces.Dict(parts)
