"""robosuite's Lift and Can as environments.

Settings as in the paper's Robomimic runs: a Panda under OSC_POSE at 20 Hz; success is the reward and ends the
episode; an episode has at most 200 steps.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import robosuite
from numpy.typing import NDArray
from robosuite.controllers import load_composite_controller_config

from ibrl_ros.benchmark.public.base import DECIMETRES, PublicEnv, Seen, Sizes
from ibrl_ros.benchmark.public.picker import Picker
from ibrl_ros.config import ConfigError
from ibrl_ros.control.poses import canonical_quaternion

RATE_HZ = 20
EPISODE_STEPS = 200
POSITION_SCALE_M, ROTATION_SCALE_RAD = 0.05, 0.5

_FLOOR_M = 0.8  # height of Lift's table and of the floor of Can's bins
_FINGER_TRAVEL_M = 0.04
_LIFTED_M = 0.08


class Task(NamedTuple):
    """One of robosuite's tasks.

    Attributes:
        name: name of the task in robosuite.
        thing: name of the object in robosuite's observations.
        square: whether the object's yaw matters; False for a round object.
        grip_above_m: height of the grip above the object's centre, m.
        goal_m: [3], goal of the object's centre, m; None to lift it straight up.
    """

    name: str
    thing: str
    square: bool
    grip_above_m: float
    goal_m: tuple[float, float, float] | None


TASKS = {
    "lift": Task("Lift", "cube", square=True, grip_above_m=0.0, goal_m=None),
    "can": Task("PickPlaceCan", "Can", square=False, grip_above_m=0.02, goal_m=(0.1975, 0.4025, 0.86)),
}


def make_demonstrator(task: str, noise: float, seed: int) -> Picker:
    """The scripted demonstrator for a task.

    Raises:
        ConfigError: no such task.
    """
    about = _task(task)
    return Picker(
        noise,
        seed,
        (POSITION_SCALE_M, ROTATION_SCALE_RAD),
        grip_above_m=about.grip_above_m,
        places=about.goal_m is not None,
    )


class RobosuiteEnv(PublicEnv):
    """A task of robosuite at 20 Hz.

    prop [8] is the hand's position (m, height above the floor), quaternion xyzw and gripper (0 open .. 1
    closed). state [11]: see `features`. An action [7] is a translation (unit: 0.05 m), a rotation (unit:
    0.5 rad) and the gripper, -1 open .. +1 closed.
    """

    metadata: dict[str, Any] = {"render_modes": [], "render_fps": RATE_HZ}  # noqa: RUF012

    def __init__(self, task: str, cameras: Sequence[str] = (), image_size: int = 96) -> None:
        """Create the task.

        Args:
            task: "lift" or "can".
            cameras: names of the observed cameras of robosuite; fewer are faster.
            image_size: width and height of the images, pixels.

        Raises:
            ConfigError: no such task or camera.
        """
        logging.getLogger("robosuite_logs").setLevel(logging.ERROR)
        self._task = _task(task)
        self._env = robosuite.make(
            self._task.name,
            robots="Panda",
            controller_configs=load_composite_controller_config(controller="BASIC"),
            has_renderer=False,
            has_offscreen_renderer=bool(cameras),
            use_camera_obs=False,
            control_freq=RATE_HZ,
            ignore_done=True,
            hard_reset=False,
            seed=0,  # seed of the cube's size, the same in every episode
        )
        super().__init__(
            Sizes(8, 11, 7, EPISODE_STEPS), cameras, image_size, self._env.sim.model.camera_names
        )

    def close(self) -> None:
        """Free the simulation."""
        self._env.close()

    def _start(self, seed: int) -> Seen:
        self._env.rng.bit_generator.state = np.random.PCG64(seed).state  # all samplers share this generator
        return self._seen(self._env.reset())

    def _advance(self, action: NDArray[np.float32]) -> Seen:
        observation, _, _, _ = self._env.step(action)
        return self._seen(observation)._replace(success=bool(self._env._check_success()))

    def _seen(self, observation: dict[str, NDArray[np.float64]]) -> Seen:
        prop = proprioception(observation)
        return Seen(prop, features(observation, self._task, prop))

    def _picture(self, camera: str) -> NDArray[np.uint8]:
        size = self._image_size
        return self._env.sim.render(camera_name=camera, width=size, height=size)[::-1].copy()


def proprioception(observation: dict[str, NDArray[np.float64]]) -> NDArray[np.float32]:
    """Proprioception, float32 [8], from robosuite's observation; see RobosuiteEnv."""
    left, right = observation["robot0_gripper_qpos"]
    return np.array(
        [
            *(observation["robot0_eef_pos"] - (0.0, 0.0, _FLOOR_M)),
            *canonical_quaternion(observation["robot0_eef_quat"]),
            np.clip(1 - (left - right) / (2 * _FINGER_TRAVEL_M), 0.0, 1.0),
        ],
        dtype=np.float32,
    )


def features(
    observation: dict[str, NDArray[np.float64]], task: Task, prop: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The state for the networks, float32 [11], from robosuite's observation.

    Position of the object relative to the hand (dm); sine and cosine of 4 times its yaw (0 for a round
    object); z component of its vertical axis (-1 .. 1); position of its goal relative to the object (dm); the
    hand's height (dm) and the gripper.
    """
    thing = observation[f"{task.thing}_pos"]
    x, y, z, w = observation[f"{task.thing}_quat"]
    yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)) if task.square else 0.0
    goal = np.array(task.goal_m) if task.goal_m else np.array([*thing[:2], _FLOOR_M + _LIFTED_M])
    return np.array(
        [
            *(thing - observation["robot0_eef_pos"]) * DECIMETRES,
            math.sin(4 * yaw),
            math.cos(4 * yaw),
            1 - 2 * (x * x + y * y),
            *(goal - thing) * DECIMETRES,
            prop[2] * DECIMETRES,
            prop[7],
        ],
        dtype=np.float32,
    )


def _task(name: str) -> Task:
    if name not in TASKS:
        raise ConfigError(f"robosuite's task {name!r} is unknown; known are {', '.join(TASKS)}")
    return TASKS[name]


#: Interface of the modules of this package, see `benchmark.environments.PUBLIC`.
make_environment = RobosuiteEnv
