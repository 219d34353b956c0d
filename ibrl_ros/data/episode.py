"""Episode: the unit of data that is recorded, sent, stored and learned from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = 1
IMAGE_PREFIX = "images/"
#: Number of values in a robot's action. Other environments may have another number.
ACTION_DIM = 7
SOURCE_ACTOR = 0
SOURCE_PERSON = -1
#: Nobody commanded the robot and it held its pose, for example in a pause of a demonstration.
SOURCE_NOBODY = -2

Outcome = Literal["success", "failure", "timeout", "out_of_bounds", "aborted", "fault"]
Kind = Literal["demo", "train", "eval"]
Taught = Literal["requested", "executed"]
TERMINAL_OUTCOMES: tuple[Outcome, ...] = ("success", "failure", "out_of_bounds")


class EpisodeMetadata(BaseModel):
    """Facts about an episode besides its arrays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = SCHEMA_VERSION
    run: str = Field(description="name of the run that recorded it")
    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="unique, for example a UUID")
    index: int = Field(ge=0, lt=1_000_000, description="position within the run")
    task: str
    seed: int = Field(description="seed of the episode's start")
    config_hash: str
    kind: Kind
    outcome: Outcome
    why: str = Field("", description="the reason for the outcome, for a person to read")
    created_at: str = Field(description="ISO 8601 time at which it ended")
    extra: dict[str, str | float | int | bool] = Field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the task was done."""
        return self.outcome == "success"

    @property
    def outcome_in_words(self) -> str:
        """The outcome; for a failure with its reason, as the robot ends some episodes by itself."""
        return f"failure ({self.why})" if self.outcome == "failure" and self.why else self.outcome


@dataclass(frozen=True, eq=False)
class Episode:
    """T steps; the first axis is time. Step t holds the observation at t and the action chosen for it.

    Attributes:
        observations: "images/<camera>" uint8 [T, H, W, 3]; "prop" float32 [T, P]; in simulation
            "state" float32 [T, S].
        actions: float32 [T, A] in [-1, 1], requested actions, A >= 1; A is 7 on a robot.
        rewards: float32 [T], reward for the action of the same step.
        sources: int8 [T], source of the action: 0 the RL actor, k >= 1 proposal k, -1 a person,
            -2 nobody (the robot held its pose).
        interventions: bool [T], true where a person took over from the policy.
        stamps: float64 [T], capture time of the oldest input of the observation, seconds.
        terminated: whether the task ended the episode: success, failure, out of bounds.
        truncated: whether another cause ended the episode: timeout, abort, fault. Exactly one of
            `terminated` and `truncated` is true.
        metadata: see EpisodeMetadata.
        executed: float32 [T, A], actions as carried out by the arm, in the units of `actions`; outside
            [-1, 1] where a limit moved the target back. None if unknown.
        cuts: uint8 [T], limits that changed the action, bits of `control.safety.carry_out.Cut`; None if
            `executed` is None.
        decided: float64 [T], time at which the action was decided, seconds; None if unknown.

    Raises:
        ValueError: on construction, if an array is invalid; the message names the array and the fault.
    """

    observations: dict[str, NDArray]
    actions: NDArray[np.float32]
    rewards: NDArray[np.float32]
    sources: NDArray[np.int8]
    interventions: NDArray[np.bool_]
    stamps: NDArray[np.float64]
    terminated: bool
    truncated: bool
    metadata: EpisodeMetadata
    executed: NDArray[np.float32] | None = None
    cuts: NDArray[np.uint8] | None = None
    decided: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        length = len(self.actions)
        if length == 0:
            raise ValueError("actions: an episode needs at least one step, got 0")
        _check("actions", self.actions, np.float32, (length, None))
        if self.action_dim == 0:
            raise ValueError("actions: an action needs at least one value, got 0")
        _check("rewards", self.rewards, np.float32, (length,))
        _check("sources", self.sources, np.int8, (length,))
        _check("interventions", self.interventions, np.bool_, (length,))
        _check("stamps", self.stamps, np.float64, (length,))
        if (self.executed is None) != (self.cuts is None):
            raise ValueError("executed and cuts: give both, or neither")
        if self.executed is not None and self.cuts is not None:
            _check("executed", self.executed, np.float32, self.actions.shape)
            _check("cuts", self.cuts, np.uint8, (length,))
        if self.decided is not None:
            _check("decided", self.decided, np.float64, (length,))
        if not self.observations:
            raise ValueError("observations: at least one is needed, for example prop")
        for name, array in self.observations.items():
            _check_observation(name, array, length)
        if self.terminated == self.truncated:
            raise ValueError(f"terminated and truncated are both {self.terminated}: exactly one must be true")

    def __len__(self) -> int:
        return len(self.actions)

    def judged(self, metadata: EpisodeMetadata) -> Episode:
        """The same steps with the outcome of `metadata`; after a success the last reward is 1."""
        rewards = np.zeros(len(self), np.float32)
        rewards[-1] = metadata.succeeded
        ended = metadata.outcome in TERMINAL_OUTCOMES
        return replace(self, rewards=rewards, terminated=ended, truncated=not ended, metadata=metadata)

    @property
    def action_dim(self) -> int:
        """A, the number of values in an action."""
        return self.actions.shape[1]

    def taught(self, which: Taught) -> NDArray[np.float32]:
        """The actions to learn from, float32 [T, A] in [-1, 1].

        Args:
            which: "requested" for `actions`, "executed" for `executed` clipped to [-1, 1]. An episode
                without `executed` returns `actions` for both.
        """
        if which == "requested" or self.executed is None:
            return self.actions
        return np.clip(self.executed, -1.0, 1.0)

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the cameras, sorted."""
        return tuple(
            sorted(n.removeprefix(IMAGE_PREFIX) for n in self.observations if n.startswith(IMAGE_PREFIX))
        )

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Bool [T], steps shown by a person: a demonstration without its pauses, or the interventions."""
        return shown_steps(self.metadata.kind, self.sources, self.interventions)

    @property
    def episode_return(self) -> float:
        """Undiscounted sum of the rewards."""
        return float(self.rewards.sum())


def shown_steps(kind: Kind, sources: NDArray[np.int8], interventions: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Bool [T], see Episode.shown."""
    return (interventions | (kind == "demo")) & (sources != SOURCE_NOBODY)


def _check_observation(name: str, array: NDArray, length: int) -> None:
    if name.startswith(IMAGE_PREFIX):
        _check(name, array, np.uint8, (length, None, None, 3))
    elif name in ("prop", "state"):
        _check(name, array, np.float32, (length, None))
    else:
        raise ValueError(f"observations: {name!r} is neither images/<camera>, prop nor state")


def _check(name: str, array: NDArray, dtype: type, shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless the array has the dtype and shape (None: any size) and is finite."""
    matches = len(array.shape) == len(shape) and all(
        expected in (None, size) for size, expected in zip(array.shape, shape, strict=True)
    )
    if array.dtype != dtype or not matches:
        expected = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(
            f"{name}: expected {np.dtype(dtype)} [{expected}], got {array.dtype} {list(array.shape)}"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        step = int(np.argwhere(~np.isfinite(array))[0, 0])
        raise ValueError(f"{name}: step {step} holds a number that is not finite")
