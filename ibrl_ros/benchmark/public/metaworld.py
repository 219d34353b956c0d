"""Meta-World's tasks as environments, and its scripted policies as demonstrators.

Settings as in the paper's published code: success is the reward and ends the episode, an action is held for
two of Meta-World's steps, an episode has at most 100 actions, and every episode has a new scene.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np
from metaworld.env_dict import ALL_V3_ENVIRONMENTS
from metaworld.policies import ENV_POLICY_MAP
from numpy.typing import NDArray

from ibrl_ros.benchmark.public.base import DECIMETRES, PublicEnv, Seen, Sizes
from ibrl_ros.config import ConfigError

ACTION_REPEAT = 2
EPISODE_STEPS = 100

_MIDDLE_M = np.array([0.0, 0.6, 0.2])  # middle of the hand's workspace

# Meta-World's observation [39]: the hand's position (m) and opening (0 closed .. 1 open), position and
# quaternion of up to two objects (zeros for a missing one), the same values one step earlier, the goal.
_HAND, _PROP, _THINGS, _GOAL = slice(0, 3), slice(0, 4), (slice(4, 11), slice(11, 18)), slice(36, 39)
_OBSERVATION_DIM = 39


class MetaWorldEnv(PublicEnv):
    """A task of Meta-World at 40 Hz.

    prop [4] is the hand's position (m) and opening (0 closed .. 1 open). state [23]: see `features`. Camera
    "corner4" has the view of the paper's runs from pixels. An action [4] is a motion (unit: 0.01 m for each
    of Meta-World's steps) and the force of the fingers.
    """

    metadata: dict[str, Any] = {"render_modes": [], "render_fps": 40}  # noqa: RUF012

    def __init__(self, task: str, cameras: Sequence[str] = (), image_size: int = 96) -> None:
        """Create the task.

        Args:
            task: name of the task without its version, for example "box-close".
            cameras: names of the observed cameras of Meta-World; fewer are faster.
            image_size: width and height of the images, pixels.

        Raises:
            ConfigError: no such task or camera.
        """
        self._env = ALL_V3_ENVIRONMENTS[_versioned(task)]()
        # The goal is observed and scenes are random: Meta-World's "goal-observable" version.
        self._env._partially_observable = False
        self._env._set_task_called = True
        self._env._freeze_rand_vec = False
        self._env.seeded_rand_vec = True
        self._env.__dict__.pop("sawyer_observation_space", None)  # cached for a hidden goal
        self._renderer: mujoco.Renderer | None = None
        model = self._env.model
        known = [model.camera(index).name for index in range(model.ncam)]
        super().__init__(Sizes(4, 23, 4, EPISODE_STEPS), cameras, image_size, known)

    def close(self) -> None:
        """Free the renderer and the simulation."""
        if self._renderer is not None:
            self._renderer.close()
        self._env.close()

    def _start(self, seed: int) -> Seen:
        self._env.seed(seed)
        observation, _ = self._env.reset()
        return Seen(observation[_PROP].astype(np.float32), features(observation))

    def _advance(self, action: NDArray[np.float32]) -> Seen:
        for _ in range(ACTION_REPEAT):
            observation, _, _, _, info = self._env.step(action)
        return Seen(observation[_PROP].astype(np.float32), features(observation), bool(info["success"]))

    def _picture(self, camera: str) -> NDArray[np.uint8]:
        if self._renderer is None:
            quality = self._env.model.vis.quality
            quality.shadowsize = quality.offsamples = 0  # ten times faster without shadows and anti-aliasing
            self._renderer = mujoco.Renderer(self._env.model, self._image_size, self._image_size)
        self._renderer.update_scene(self._env.data, camera)
        return self._renderer.render()[::-1].copy()  # Meta-World's cameras give images upside down


class ScriptedPolicy:
    """Meta-World's scripted policy with noise."""

    def __init__(self, task: str, noise: float, seed: int) -> None:
        """Create the policy.

        Args:
            task: name of the task without its version.
            noise: standard deviation of the motion's noise, as a share of the action range.
            seed: seed of the noise.

        Raises:
            ConfigError: no such task.
        """
        self._policy = ENV_POLICY_MAP[_versioned(task)]()
        self._noise, self._seed = noise, seed
        self.begin(0)

    def begin(self, seed: int) -> None:
        """Begin an episode."""
        self._rng = np.random.default_rng([self._seed, seed])

    def act(self, observation: dict[str, Any]) -> NDArray[np.float32]:
        """The next action, float32 [4] in [-1, 1]."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the policies warn of motions that are clipped
            action = np.clip(self._policy.get_action(meta_world_observation(observation)), -1.0, 1.0)
        action[:3] += self._noise * self._rng.standard_normal(3)
        return np.clip(action, -1.0, 1.0).astype(np.float32)


def features(observation: NDArray[np.float64]) -> NDArray[np.float32]:
    """The state for the networks, float32 [23], from Meta-World's observation [39].

    Position of the hand relative to the middle of its workspace (dm); position relative to the hand (dm) and
    quaternion of each of two objects (zeros for a missing one); position of the goal relative to the hand
    and to the first object (dm).
    """
    hand, goal = observation[_HAND], observation[_GOAL]
    first, second = (observation[thing] for thing in _THINGS)
    seen = [np.concatenate([(thing[:3] - hand) * DECIMETRES, thing[3:]]) for thing in (first, second)]
    return np.concatenate(
        [
            (hand - _MIDDLE_M) * DECIMETRES,
            seen[0],
            seen[1] * second.any(),
            (goal - hand) * DECIMETRES,
            (goal - first[:3]) * DECIMETRES,
        ],
        dtype=np.float32,
    )


def meta_world_observation(observation: dict[str, Any]) -> NDArray[np.float64]:
    """Meta-World's observation [39] from ours, with the values that its scripted policies use."""
    prop, state = (np.asarray(observation[name], np.float64) for name in ("prop", "state"))
    rebuilt, hand = np.zeros(_OBSERVATION_DIM), prop[:3]
    rebuilt[_PROP] = prop
    for thing, seen in zip(_THINGS, (state[3:10], state[10:17]), strict=True):
        if seen.any():
            rebuilt[thing] = [*(hand + seen[:3] / DECIMETRES), *seen[3:]]
    rebuilt[_GOAL] = hand + state[17:20] / DECIMETRES
    return rebuilt


def _versioned(task: str) -> str:
    name = f"{task}-v3"
    if name not in ALL_V3_ENVIRONMENTS:
        known = ", ".join(sorted(known.removesuffix("-v3") for known in ALL_V3_ENVIRONMENTS))
        raise ConfigError(f"Meta-World has no task {task!r}; it has {known}")
    return name


#: Interface of the modules of this package, see `benchmark.environments.PUBLIC`.
make_environment = MetaWorldEnv
make_demonstrator = ScriptedPolicy
