"""Gymnasium environment over a simulated task, with the robot's own observation and action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ibrl_ros.config import TaskConfig, load_task
from ibrl_ros.control.poses import Pose, clip_rotation, integrate_action
from ibrl_ros.control.stall import StallWatch
from ibrl_ros.sim.validity import SimulationError
from ibrl_ros.sim.world import World

_VIDEO_PX = (360, 480)


class TaskEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """A task at 10 Hz: reward 1 when it is done, which ends the episode; cut off after the task's steps.

    Observation: {"images": {camera: uint8 [size, size, 3]}, "prop": float32 [8], "state": float32 [S]};
    without cameras there is no "images". Action: float32 [7] in [-1, 1], see
    `control.poses.integrate_action`; the last value is the gripper, -1 open .. +1 closed.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012

    def __init__(
        self,
        task: str | TaskConfig = "lift",
        cameras: Sequence[str] = ("wrist",),
        image_size: int = 96,
        render_mode: str | None = None,
    ) -> None:
        """Opens the task.

        Args:
            task: a name (or path) of a task's configuration, or the configuration itself.
            cameras: which cameras to observe; none of them for speed.
            image_size: pixels of a side.
            render_mode: "rgb_array" for `render()` from the front camera, or None.

        Raises:
            ConfigError: if the task's configuration cannot be loaded.
            ValueError: if it cannot be simulated, or a camera is unknown.
        """
        self.render_mode = render_mode
        self.config = task if isinstance(task, TaskConfig) else load_task(task)
        self.world = World(self.config)
        unknown = set(cameras) - set(self.world.cameras)
        if unknown:
            raise ValueError(f"unknown cameras {sorted(unknown)}; known: {', '.join(self.world.cameras)}")
        self._cameras, self._image_size = tuple(cameras), image_size
        self._target = self.world.current_pose()
        self._stall = StallWatch(self.config.stall, self.config.rate_hz)
        self._steps = 0
        self.action_space = spaces.Box(-1.0, 1.0, (7,), np.float32)
        self.observation_space = self._observation_space()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Starts an episode; its scene is that of `World.reset(seed)`, or a random one without a seed."""
        super().reset(seed=seed)
        self.world.reset(int(self.np_random.integers(2**31)) if seed is None else seed)
        self._target = self.world.current_pose()
        self._stall.reset()
        self._steps = 0
        return self._observe(), {"success": False}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Carries out one action over 0.1 s; success, a lost task or a stalled arm ends the episode.

        If the simulation goes wrong, it is cut off with the observation before; info["fault"] says why.

        Raises:
            ValueError: if the action isn't seven finite numbers.
        """
        values = np.asarray(action, dtype=np.float64)
        if values.shape != (7,) or not np.isfinite(values).all():
            raise ValueError(f"an action is seven finite numbers, got {action}")
        values = np.clip(values, -1.0, 1.0)
        self._target = self._next_target(values)
        try:
            self.world.step(self._target, gripper=float(values[6] + 1) / 2, seconds=1 / self.config.rate_hz)
        except SimulationError as error:
            return self._seen, 0.0, False, True, {"success": False, "fault": str(error)}
        self._steps += 1
        success = self.world.success()
        observation = self._observe()
        stalled = self._stall.update(observation["prop"][:3])
        terminated = success or stalled or self.world.lost()
        truncated = not terminated and self._steps >= self.config.episode_steps
        return observation, float(success), terminated, truncated, {"success": success}

    def render(self) -> NDArray[np.uint8] | None:  # type: ignore[override]
        """The front camera's picture, uint8 [360, 480, 3], or None without a render mode."""
        return self.world.render("front", *_VIDEO_PX) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Frees the renderers."""
        self.world.close()

    def _next_target(self, action: NDArray[np.float64]) -> Pose:
        """Where the action leads from the commanded pose, kept within the task's workspace."""
        config, box = self.config, self.config.workspace
        target = integrate_action(self._target, action, config.position_scale_m, config.rotation_scale_rad)
        home = np.array(config.home.quaternion_xyzw)
        return Pose(
            np.clip(target.position, box.low_m, box.high_m),
            clip_rotation(target.quaternion, home, box.max_tilt_rad, box.max_yaw_rad),
        )

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
