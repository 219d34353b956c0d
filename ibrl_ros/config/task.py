"""A task: prompts, workspace, scales of an action, cameras, and detection of success."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveFloat, SerializeAsAny, model_validator

from ibrl_ros.config.base import Config, Quaternion, RosNames, Text, Vector3
from ibrl_ros.config.sim import PHYSICS_S, SimSection, SimTaskConfig, UncheckedTask, missing_package
from ibrl_ros.config.success import SuccessConfig
from ibrl_ros.registers import TASKS

#: Less than half a turn, beyond which an orientation's numbers jump.
Turn = Annotated[float, Field(gt=0, le=3.0)]
#: A turn given by three angles; for large angles the order of the axes would matter.
SmallTurn = Annotated[float, Field(gt=0, le=1.5)]


class HomeConfig(Config):
    """Pose of the tool centre point at the start of an episode, base frame."""

    position_m: Vector3 = Field(description="x, y, z")
    quaternion_xyzw: Quaternion = Field(description="norm 1; gripper down is [1, 0, 0, 0]")


class WorkspaceConfig(Config):
    """Allowed poses of the tool centre point, base frame."""

    low_m: Vector3 = Field(description="lowest x, y, z")
    high_m: Vector3 = Field(description="highest x, y, z")
    max_tilt_rad: Turn = Field(0.5, description="largest angle between the tool's axis and its axis at home")
    max_yaw_rad: Turn = Field(1.2, description="largest turn about the tool's axis, from home")

    @model_validator(mode="after")
    def _low_below_high(self) -> WorkspaceConfig:
        if not all(low < high for low, high in zip(self.low_m, self.high_m, strict=True)):
            raise ValueError(f"low_m {self.low_m} must lie below high_m {self.high_m} in each axis")
        return self


class ResetConfig(Config):
    """Homing of a real arm between episodes: open the gripper, move clear, go to a start near home."""

    ask: bool = Field(
        False, description="wait for a person's permission before each homing, not only the first"
    )
    delay_s: float = Field(
        2.0, ge=0, le=3600, description="time from an episode's end to homing, which is announced"
    )
    moves_m: tuple[Vector3, ...] = Field(
        ((0.0, 0.0, 0.05),), description="displacements before homing, one after another; z is up"
    )
    noise_m: float = Field(0.0, ge=0, le=1, description="largest offset of the start from home, each axis")
    noise_rad: float = Field(0.0, ge=0, le=1.5, description="largest turn of the start from home, each axis")
    joint_noise_rad: float = Field(
        0.0,
        ge=0,
        le=1.5,
        description="largest offset of each joint from the robot's arm.posture_rad; the start is the hand's "
        "pose at these joints",
    )


class StallConfig(Config):
    """When a policy counts as stalled: the tool centre point stays in one place."""

    after_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        3.0, description="time in one place; longer than any pause that the task needs"
    )
    within_m: PositiveFloat = Field(0.02, description="largest distance from the present position")


class TaskConfig(Config):
    """One task. The file is robot_configs/tasks/<name>.yaml."""

    name: Text = Field(description="name of the task in its episodes")
    prompt: Text = Field(description="instruction to the person, one sentence")
    reset_prompt: str = Field("Set the scene.", description="instruction to the person between episodes")
    rate_hz: Annotated[float, Field(gt=0, le=100)] = Field(10.0, description="steps a second")
    episode_steps: Annotated[int, Field(gt=0, le=100_000)] = Field(
        100, description="steps after which an episode times out"
    )
    position_scale_m: PositiveFloat = Field(0.05, description="motion of one step at action 1, each axis")
    rotation_scale_rad: SmallTurn = Field(0.2, description="turn of one step at action 1, each axis")
    max_force_n: PositiveFloat | None = Field(
        None,
        description="external force at which a robot with a wrench_topic holds; null: the robot's own limits",
    )
    cameras: RosNames = Field(("wrist",), description="cameras that are recorded")
    image_size: Annotated[int, Field(ge=8, le=1024)] = Field(
        96, description="width and height of published and recorded pictures, pixels"
    )
    home: HomeConfig
    workspace: WorkspaceConfig
    success: SuccessConfig = Field(default_factory=SuccessConfig)
    stall: StallConfig | None = Field(
        None, description="end an episode in which the policy has stalled, as a failure; null: never"
    )
    reset: ResetConfig = ResetConfig()
    sim: (
        Annotated[SerializeAsAny[SimTaskConfig], SimSection(TASKS, "task", unchecked=UncheckedTask)] | None
    ) = Field(None, description="the simulated scene; null: the task can't be simulated")

    @model_validator(mode="after")
    def _consistent(self) -> TaskConfig:
        home, box = self.home.position_m, self.workspace
        inside = (low <= at <= high for low, at, high in zip(box.low_m, home, box.high_m, strict=True))
        if not all(inside):
            raise ValueError(
                f"home.position_m {list(home)} is outside of the workspace, low_m {list(box.low_m)} to "
                f"high_m {list(box.high_m)}"
            )
        if self.stall is not None and self.stall.after_s * self.rate_hz < 1:
            raise ValueError(
                f"stall.after_s {self.stall.after_s:g} is shorter than a step: {1 / self.rate_hz:g} or more"
            )
        return self

    def simulation_fault(self) -> str:
        """Returns why the task can't be simulated; empty if it can."""
        if self.sim is None:
            return "its configuration has no `sim` section"
        if package := missing_package():
            return f"{package} isn't installed here: pip install -e '.[sim]' in the checkout"
        known: tuple[str, ...] = TASKS.find(self.sim.task).cameras  # type: ignore[attr-defined]
        missing = [camera for camera in self.watched_cameras if camera not in known]
        if missing:
            return f"there is no camera {missing[0]!r}; the simulation has {', '.join(known)}"
        ticks = 1 / (self.rate_hz * PHYSICS_S)
        if abs(ticks - round(ticks)) > 1e-6:
            return f"rate_hz {self.rate_hz:g}: a step must be a multiple of {PHYSICS_S:g} s, such as 0.1 s"
        return ""

    def robot_fault(self) -> str:
        """Returns why the task works in simulation only; empty if it works on a robot."""
        if self.success.detector != "ground_truth":
            return ""
        return (
            f"task {self.name}: success.detector is ground_truth, which only the simulation knows: on a "
            "robot give a task with rule or person (docs/tasks.md)"
        )

    @property
    def state_names(self) -> tuple[str, ...]:
        """One name for each component of the simulation's state; empty for a task without a simulation.

        Raises:
            ValueError: the simulation isn't installed.
        """
        return () if self.sim is None else TASKS.find(self.sim.task).state_names  # type: ignore[attr-defined]

    @property
    def watched_cameras(self) -> tuple[str, ...]:
        """Names of the recorded cameras and of the success rule's camera."""
        cameras = (*self.cameras, self.success.camera)
        return tuple(dict.fromkeys(camera for camera in cameras if camera is not None))
