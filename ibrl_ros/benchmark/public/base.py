"""What the adapters of public benchmarks share: spaces, seeds, the end of an episode."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ibrl_ros.config import ConfigError

DECIMETRES = 10.0
"""A metre; in these the lengths are of the order of 1, which suits networks."""


class Sizes(NamedTuple):
    """How many values each has, and how long an episode may be."""

    prop: int
    state: int
    action: int
    episode_steps: int


class Seen(NamedTuple):
    """What is known after a step, beside the images.

    Attributes:
        prop: float32 [P].
        state: float32 [S].
        success: whether the task is done.
    """

    prop: NDArray[np.float32]
    state: NDArray[np.float32]
    success: bool = False


class PeerEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """Reward 1 when the task is done, which ends the episode; cut off after its steps.

    Observation: {"prop": float32 [P], "state": float32 [S]}; with cameras
    "images": {camera: uint8 [size, size, 3]}. Action: float32 [A] in [-1, 1].
    """

    def __init__(
        self, sizes: Sizes, cameras: Sequence[str], image_size: int, known_cameras: Collection[str]
    ) -> None:
        """Declares the spaces.

        Args:
            sizes: of the task.
            cameras: which to observe; none of them for speed.
            image_size: pixels of a side.
            known_cameras: those of the simulation.

        Raises:
            ConfigError: no such camera.
        """
        unknown = sorted(set(cameras) - set(known_cameras))
        if unknown:
            raise ConfigError(
                f"there is no camera {', '.join(unknown)}; there are {', '.join(sorted(known_cameras))}"
            )
        self._cameras, self._image_size = tuple(cameras), image_size
        self._episode_steps, self._steps = sizes.episode_steps, 0
        self.action_space = spaces.Box(-1.0, 1.0, (sizes.action,), np.float32)
        parts: dict[str, spaces.Space[Any]] = {
            "prop": spaces.Box(-np.inf, np.inf, (sizes.prop,), np.float32),
            "state": spaces.Box(-np.inf, np.inf, (sizes.state,), np.float32),
        }
        if cameras:
            image = spaces.Box(0, 255, (image_size, image_size, 3), np.uint8)
            parts["images"] = spaces.Dict({name: image for name in cameras})
        self.observation_space = spaces.Dict(parts)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Starts an episode in the scene of the seed, or in a random one without a seed."""
        super().reset(seed=seed)
        seen = self._start(int(self.np_random.integers(2**31)) if seed is None else seed)
        self._steps = 0
        return self._observation(seen), {"success": False}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Carries out one action, cut to [-1, 1]."""
        seen = self._advance(np.clip(action, -1.0, 1.0))
        self._steps += 1
        truncated = not seen.success and self._steps >= self._episode_steps
        info = {"success": seen.success}
        return self._observation(seen), float(seen.success), seen.success, truncated, info

    @abstractmethod
    def _start(self, seed: int) -> Seen:
        """Begins an episode, a function of the seed alone."""

    @abstractmethod
    def _advance(self, action: NDArray[np.float32]) -> Seen:
        """Carries out an action [A] in [-1, 1]."""

    @abstractmethod
    def _picture(self, camera: str) -> NDArray[np.uint8]:
        """What a camera sees, uint8 [size, size, 3]."""

    def _observation(self, seen: Seen) -> dict[str, Any]:
        observation: dict[str, Any] = {"prop": seen.prop, "state": seen.state}
        if self._cameras:
            observation["images"] = {camera: self._picture(camera) for camera in self._cameras}
        return observation
