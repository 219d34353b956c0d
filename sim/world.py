"""A simulated robot at a table: follows target poses by physics, and gives measured poses and pictures."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from ibrl_ros.config import ConfigError, TaskConfig
from ibrl_ros.config.sim import PHYSICS_S
from ibrl_ros.control.poses import Pose, canonical_quaternion, interpolate, signed_like
from ibrl_ros.sim import scene
from ibrl_ros.sim.arm import Arm, create_arm
from ibrl_ros.sim.cameras import Cameras
from ibrl_ros.sim.controller import CartesianController
from ibrl_ros.sim.task import create_task
from ibrl_ros.sim.validity import Validity

_CONTROL_S = 0.02


@dataclass(frozen=True)
class JointState:
    """Measured joints, then fingers: names, positions (rad, m) and their speeds, float64 [J + F] each."""

    names: tuple[str, ...]
    positions: NDArray[np.float64]
    velocities: NDArray[np.float64]


class World:
    """An arm, a table and a task, stepped by physics at 500 Hz.

    The same seed and the same commands give the same trajectory, bit for bit. All pictures must be rendered
    on the thread that renders the first.

    Attributes:
        config: configuration of the task, with its `sim` section.
        model, data: MuJoCo's model and data, which tasks read.
        arm: simulated arm.
        task: simulated task.
    """

    def __init__(self, config: TaskConfig, arm: Arm | None = None) -> None:
        """Build the model.

        Args:
            config: configuration of the task.
            arm: simulated arm; None for the arm DEFAULT_ARM.

        Raises:
            ConfigError: the task can't be simulated.
        """
        if fault := config.simulation_fault():
            raise ConfigError(f"task {config.name!r} cannot be simulated: {fault}")
        self.config = config
        self.arm = arm or create_arm()
        self.task = create_task(config)
        spec = self.arm.spec()
        spec.option.timestep = PHYSICS_S
        scene.furnish(spec)
        self.task.attach(spec)
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self._validity = Validity(self.model, self.data)
        self._controller = CartesianController(self.model, self.arm)
        self._at = self.arm.addresses(self.model)
        self._cameras = Cameras(self.model)
        self._target = Pose.of(config.home.position_m, config.home.quaternion_xyzw)
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Set a new scene: the objects' poses and the arm's start are functions of the seed."""
        mujoco.mj_resetData(self.model, self.data)
        self._validity.clear()
        self.task.reset(self, np.random.default_rng(seed))
        mujoco.mj_forward(self.model, self.data)

    def place_arm(self, pose: Pose) -> None:
        """Put the arm at a pose of the tool centre point, at rest, fingers open, without simulated motion."""
        at, travel_m = self._at, self.arm.finger_travel_m
        joints = self._controller.solve(pose, np.array(self.arm.ready_rad), iterations=40)
        self.data.qpos[at.joints] = joints
        self.data.qpos[at.fingers] = travel_m
        self.data.qvel[at.dofs] = self.data.qvel[at.finger_dofs] = 0.0
        mujoco.mj_forward(self.model, self.data)
        self._controller.reset(joints, travel_m)
        self._target = self.current_pose()

    def step(self, target: Pose, gripper: float, seconds: float = 0.1) -> None:
        """Run the physics while the commanded pose moves straight from the previous target pose to this one.

        Args:
            target: target pose of the tool centre point, base frame.
            gripper: gripper command, 0 open to 1 closed.
            seconds: duration, s, a multiple of 2 ms. Up to 20 ms the target pose is commanded at once, for a
                caller that interpolates itself.

        Raises:
            ValueError: `seconds` isn't a positive multiple of 2 ms.
            SimulationError: the state is invalid; each step raises this until `reset`.
        """
        substeps = round(seconds / PHYSICS_S)
        if substeps < 1 or abs(substeps * PHYSICS_S - seconds) > 1e-9:
            raise ValueError(f"a step lasts a positive multiple of {PHYSICS_S} s, not {seconds} s")
        previous, per_command = self._target, round(_CONTROL_S / PHYSICS_S)
        for done in range(0, substeps, per_command):
            count = min(per_command, substeps - done)
            commanded = interpolate(previous, target, (done + count) / substeps)
            self._controller.command(self.data, commanded, gripper, count * PHYSICS_S)
            mujoco.mj_step(self.model, self.data, nstep=count)
            self._validity.check()
        mujoco.mj_forward(self.model, self.data)
        self._target = target

    @property
    def time_s(self) -> float:
        """Simulated seconds since the reset."""
        return float(self.data.time)

    def current_pose(self) -> Pose:
        """Returns the measured pose of the tool centre point, base frame."""
        wxyz = np.empty(4)
        mujoco.mju_mat2Quat(wxyz, self.data.site_xmat[self._at.tcp])
        return Pose(self.tcp_m.copy(), canonical_quaternion(wxyz[[1, 2, 3, 0]]))

    @property
    def tcp_m(self) -> NDArray[np.float64]:
        """Position of the tool centre point, float64 [3], m, base frame; a view of the physics' data."""
        position: NDArray[np.float64] = self.data.site_xpos[self._at.tcp]
        return position

    def gripper_position(self) -> float:
        """Returns the measured gripper position, 0 open to 1 closed."""
        fingers = self._at.fingers
        opening = self.data.qpos[fingers].sum() / (len(fingers) * self.arm.finger_travel_m)
        return float(np.clip(1.0 - opening, 0.0, 1.0))

    def touching_pads(self, geom: str) -> int:
        """Returns the number of fingertips that touch this geom."""
        touched = self.model.geom(geom).id
        partners = {int(b if a == touched else a) for a, b in self.data.contact.geom if touched in (a, b)}
        return sum(pad in partners for pad in self._at.pads)

    def holds(self, geom: str) -> bool:
        """Returns whether all fingertips touch this geom."""
        return self.touching_pads(geom) == len(self._at.pads)

    def prop(self) -> NDArray[np.float32]:
        """Proprioception float32 [8]: position (m), quaternion xyzw with the sign of home's, gripper."""
        pose = self.current_pose()
        quaternion = signed_like(pose.quaternion, self.config.home.quaternion_xyzw)
        return np.array([*pose.position, *quaternion, self.gripper_position()], dtype=np.float32)

    def state(self) -> NDArray[np.float32]:
        """Returns the task's state vector, float32 [S], with the names `task.state_names`."""
        return self.task.state(self)

    def success(self) -> bool:
        """Returns whether the task is done, by the simulated state."""
        return self.task.success(self)

    def lost(self) -> bool:
        """Returns whether the task can't be done any more, by the simulated state."""
        return self.task.lost(self)

    def joint_state(self) -> JointState:
        """Returns the measured joints of arm and fingers."""
        at, data = self._at, self.data
        return JointState(
            self.arm.joints + self.arm.fingers,
            np.concatenate([data.qpos[at.joints], data.qpos[at.fingers]]),
            np.concatenate([data.qvel[at.dofs], data.qvel[at.finger_dofs]]),
        )

    def render(self, camera: str, height: int, width: int) -> NDArray[np.uint8]:
        """Returns a picture uint8 [height, width, 3] of the camera "wrist", "front" or one of the task.

        Raises:
            ValueError: the camera is unknown.
            RuntimeError: no OpenGL library can render off screen.
        """
        return self._cameras.picture(self.data, camera, height, width)

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the cameras for `render`."""
        return self._cameras.names

    def close(self) -> None:
        """Free the renderers; call it on the thread that rendered the pictures."""
        self._cameras.close()
