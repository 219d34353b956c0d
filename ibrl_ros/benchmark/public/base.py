"""The base class of the environments of public benchmarks: spaces, seeds, end of an episode."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from ibrl_ros.config import ConfigError

#: Decimetres in a metre. In decimetres the lengths are of the order of 1, as networks need.
DECIMETRES = 10.0


class Sizes(NamedTuple):
    """Number of values of prop, state and action, and the longest episode in steps."""

    prop: int
    state: int
    action: int
    episode_steps: int


class Seen(NamedTuple):
    """The result of a step, without the images.

    Attributes:
        prop: float32 [P], proprioception.
        state: float32 [S], state of the simulation.
        success: whether the task is done.
    """

    prop: NDArray[np.float32]
    state: NDArray[np.float32]
    success: bool = False


class PublicEnv(gymnasium.Env[dict[str, Any], NDArray[np.float32]]):
    """An environment with reward 1 for success, which ends the episode; truncated after its longest time.

    Observation: {"prop": float32 [P], "state": float32 [S]}; with cameras
    "images": {camera: uint8 [size, size, 3]}. Action: float32 [A] in [-1, 1].
    """

    def __init__(
        self, sizes: Sizes, cameras: Sequence[str], image_size: int, known_cameras: Collection[str]
    ) -> None:
        """Declare the spaces.

        Args:
            sizes: sizes of the task.
            cameras: names of the observed cameras; fewer are faster.
            image_size: width and height of the images, pixels.
            known_cameras: names of all cameras of the simulation.

        Raises:
            ConfigError: no such camera.
        """
        unknown = sorted(set(cameras) - set(known_cameras))
        if unknown:
            raise ConfigError(
                f"there is no camera {', '.join(unknown)}; the cameras are {', '.join(sorted(known_cameras))}"
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
        """Start an episode in the scene of the seed; without a seed in a random scene."""
        super().reset(seed=seed)
        seen = self._start(int(self.np_random.integers(2**31)) if seed is None else seed)
        self._steps = 0
        return self._observation(seen), {"success": False}

    def step(self, action: NDArray[np.float32]) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Carry out one action, clipped to [-1, 1]."""
        seen = self._advance(np.clip(action, -1.0, 1.0))
        self._steps += 1
        truncated = not seen.success and self._steps >= self._episode_steps
        info = {"success": seen.success}
        return self._observation(seen), float(seen.success), seen.success, truncated, info

    @abstractmethod
    def _start(self, seed: int) -> Seen:
        """Start an episode whose scene depends on the seed only."""

    @abstractmethod
    def _advance(self, action: NDArray[np.float32]) -> Seen:
        """Carry out an action [A] in [-1, 1]."""

    @abstractmethod
    def _picture(self, camera: str) -> NDArray[np.uint8]:
        """The image of a camera, uint8 [size, size, 3]."""

    def _observation(self, seen: Seen) -> dict[str, Any]:
        observation: dict[str, Any] = {"prop": seen.prop, "state": seen.state}
        if self._cameras:
            observation["images"] = {camera: self._picture(camera) for camera in self._cameras}
        return observation
