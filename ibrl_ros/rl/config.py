"""What every agent has, whatever its algorithm: observation, imitation, replay, updates and warm-up."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny, model_validator

from ibrl_ros.extension import Extension
from ibrl_ros.registers import PROPOSALS
from ibrl_ros.rl.proposals.config import BcConfig
from ibrl_ros.rl.settings import Frozen, Size, Steps
from ibrl_ros.rl.spec import IMAGES

#: A section of an agent's file that names an imitation policy, and holds what that one's model allows.
Imitation = Annotated[SerializeAsAny[BcConfig], Extension(PROPOSALS, "policy", "regression")]


class AgentConfig(Frozen):
    """One agent. Its algorithm's own model, which derives from this one, adds networks and losses."""

    algorithm: str = Field(
        "ibrl", description="who learns: ibrl; rft; one of your own as 'package.module:Class'"
    )

    observation: Literal["pixels", "state"] = Field("pixels", description="state exists in simulation only")
    cameras: tuple[str, ...] = Field(("wrist",), description="cameras the BC policy sees")
    rl_cameras: tuple[str, ...] | None = Field(
        None,
        description="cameras the RL networks see, an encoder each; null: the first of cameras, as published",
    )
    image_size: Size = Field(96, description="side of the square images, pixels")
    prop_stack: Size = Field(3, description="proprioceptions stacked into one, newest first")

    bc: Imitation = Field(default_factory=dict, validate_default=True)
    bc_others: tuple[Imitation, ...] = Field(
        (),
        description="more imitation policies for the same demonstrations, with the keys of bc; all propose",
    )

    gamma: float = Field(0.99, gt=0, le=1, description="discount a step")
    n_step: Size = Field(3, description="steps of reward summed before bootstrapping")
    bootstrap_on_timeout: bool = Field(
        False, description="bootstrap from the last observation of a truncated episode; false: as published"
    )
    taught: Literal["requested", "executed"] = Field(
        "requested",
        description="actions to learn from: as they were asked for (as published), or as the safety gate had "
        "them carried out, cut to [-1, 1]",
    )
    replay_steps: Steps | None = Field(
        None,
        description="steps of training episodes to learn from: the oldest episodes leave the replay buffer, "
        "except for steps that a person showed, and stay on disk; demonstrations never leave; null: all",
    )
    demo_fraction: float | None = Field(
        None,
        ge=0,
        le=1,
        description="part of every batch from demonstrations (RLPD: 0.5); null: as they come",
    )
    batch_size: Size = Field(256, description="transitions an update")
    updates_per_step: float = Field(
        0.5, ge=0, le=1000, description="actor updates a step of the environment; 0: the agent never learns"
    )
    critic_updates: Size = Field(1, description="critic updates for each actor update")
    warmup_episodes: int = Field(50, ge=0, le=1_000_000, description="episodes rolled out before learning")
    learn_in_warmup: bool = Field(
        False, description="the warm-up's steps call for updates too, so that the critic knows BC's actions"
    )
    warmup_policy: Literal["bc", "agent", "random"] = Field(
        "bc", description="who acts in them: the BC policy, the agent without exploring, or uniform actions"
    )
    average_decay: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="evaluate with weights averaged over the updates, each leaving this part of the average "
        "(0.999: over some thousand); null: with the newest, as published",
    )

    @model_validator(mode="after")
    def _sees_something(self) -> AgentConfig:
        for key, cameras in (("cameras", self.cameras), ("rl_cameras", self.rl_cameras or ())):
            if len(set(cameras)) < len(cameras):
                raise ValueError(f"{key} = {list(cameras)}: each camera is expected once")
        if self.observation == "state":
            return self
        if not self.cameras:
            raise ValueError("cameras is empty: a pixel agent needs at least one camera")
        if not self.critic_cameras:
            raise ValueError("rl_cameras is empty: name at least one camera, or leave it out")
        if any(bc.kind == "resnet_flat" for bc in (self.bc, *self.bc_others)) and len(self.cameras) > 1:
            raise ValueError(f"bc.kind = resnet_flat sees one camera, and cameras = {list(self.cameras)}")
        return self

    @property
    def learns(self) -> bool:
        """Whether anything is to be learned from what the agent does."""
        return self.updates_per_step > 0

    @property
    def critic_cameras(self) -> tuple[str, ...]:
        """Cameras that the RL networks see."""
        return self.cameras[:1] if self.rl_cameras is None else self.rl_cameras

    @property
    def observed_cameras(self) -> tuple[str, ...]:
        """Cameras that any network sees, each once; none for a state agent."""
        if self.observation == "state":
            return ()
        return tuple(dict.fromkeys((*self.cameras, *self.critic_cameras)))

    @property
    def observed_keys(self) -> tuple[str, ...]:
        """Names of the recorded arrays that the agent sees."""
        if self.observation == "state":
            return ("prop", "state")
        return (*(IMAGES + camera for camera in self.observed_cameras), "prop")

    @property
    def imitations(self) -> list[AgentConfig]:
        """This config once for each imitation policy, with that one alone as its `bc`."""
        if not self.bc_others:
            return [self]
        return [self.model_copy(update={"bc": bc, "bc_others": ()}) for bc in (self.bc, *self.bc_others)]
