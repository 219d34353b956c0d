"""Everything that shapes an agent: observation, networks, method and training numbers.

The defaults are those of the paper's pixel agent (Hu et al., RSS 2024, section V and appendix A).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ibrl_ros.rl.proposals.config import BcConfig
from ibrl_ros.rl.settings import Frozen, LinearSchedule, Probability, Size, Std

Method = Literal["rl", "ibrl", "ibrl_soft"]
ActMethod = Literal["rl", "ibrl", "ibrl_soft", "bc"]
ProposalValue = Literal["lowest", "mean", "highest"]


class EncoderConfig(Frozen):
    """The image encoder that the critic trains and the actor reads."""

    kind: Literal["vit", "drq", "resnet"] = Field(
        "vit", description="vit; drq (four convolutions); resnet (18)"
    )
    embed_dim: Size = Field(128, description="vit: channels of a patch")
    depth: Size = Field(1, description="vit: transformer layers")
    heads: Size = Field(4, description="vit: attention heads; must divide embed_dim")
    patches: tuple[tuple[Size, Size], ...] = Field(
        ((8, 4), (3, 2)),
        description="vit: [kernel, stride] in pixels of the one or two convolutions that make patches",
        min_length=1,
        max_length=2,
    )

    @model_validator(mode="after")
    def _heads_divide(self) -> EncoderConfig:
        if self.embed_dim % self.heads:
            raise ValueError(f"encoder.heads = {self.heads} must divide encoder.embed_dim = {self.embed_dim}")
        return self


class CriticConfig(Frozen):
    """The Q ensemble."""

    nets: Size = Field(2, description="members of the ensemble")
    sampled_nets: Size = Field(
        2, description="members drawn for every choice and target; all of them: no draw"
    )
    spatial_embed: Size | None = Field(
        1024, description="pixels: width of the spatial embedding; null: a linear map of the flat features"
    )
    feature_dim: Size = Field(128, description="pixels without spatial_embed: width of that linear map")
    hidden_dim: Size = Field(1024, description="width of the hidden layers")
    layers: Size = Field(2, description="hidden layers")
    last_layer_scale: float = Field(
        1.0, gt=0, description="the last layer's first weights are multiplied by it"
    )

    @model_validator(mode="after")
    def _sampled_of_nets(self) -> CriticConfig:
        if self.sampled_nets > self.nets:
            raise ValueError(f"critic.sampled_nets = {self.sampled_nets} exceeds critic.nets = {self.nets}")
        return self


class ActorConfig(Frozen):
    """The policy that RL trains."""

    feature_dim: Size = Field(128, description="pixels: width to which the features are compressed")
    hidden_dim: Size = Field(1024, description="width of the hidden layers")
    layers: Size = Field(2, description="hidden layers")
    dropout: Probability = Field(0.5, description="on in every loss and target, off when acting")
    layer_norm: bool = Field(True, description="LayerNorm after each hidden layer")
    edit_scale: float | None = Field(
        None,
        gt=0,
        le=2,
        description="the actor adds at most this to the first proposal; null: it acts by itself",
    )


class AgentConfig(Frozen):
    """One agent: what it sees, its networks, how it chooses and how it learns."""

    observation: Literal["pixels", "state"] = Field("pixels", description="state exists in simulation only")
    cameras: tuple[str, ...] = Field(("wrist",), description="cameras the BC policy sees")
    rl_cameras: tuple[str, ...] | None = Field(
        None,
        description="cameras the RL networks see, an encoder each; null: the first of cameras, as published",
    )
    image_size: Size = Field(96, description="side of the square images, pixels")
    prop_stack: Size = Field(3, description="proprioceptions stacked into one, newest first")
    scale_prop: bool = Field(
        False,
        description="pixels: the RL networks take positions in decimetres, from the demonstrations' mean; "
        "false: in metres, as published",
    )

    act_method: ActMethod = Field(
        "ibrl",
        description="how to choose an action: rl (own), ibrl (argmax), ibrl_soft, bc (imitation alone)",
    )
    bootstrap_method: Method = Field("ibrl", description="the same choice inside the TD target")
    proposals_by: ProposalValue = Field(
        "lowest",
        description="value of a proposal in both choices: the lowest of the critic's members, as the actor's "
        "always is, their mean, or the highest",
    )
    soft_beta: float = Field(10.0, gt=0, description="ibrl_soft samples in proportion to exp(soft_beta * Q)")

    act_epsilon: float = Field(
        0.0, ge=0, le=1, description="when exploring, probability of a uniform choice among the candidates"
    )

    encoder: EncoderConfig = EncoderConfig()
    critic: CriticConfig = CriticConfig()
    actor: ActorConfig = ActorConfig()
    bc: BcConfig = BcConfig()
    bc_others: tuple[BcConfig, ...] = Field(
        (), description="more imitation policies for the same demonstrations; all propose beside bc"
    )

    gamma: float = Field(0.99, gt=0, le=1, description="discount a step")
    n_step: Size = Field(3, description="steps of reward summed before bootstrapping")
    bootstrap_on_timeout: bool = Field(
        False, description="bootstrap from the last observation of a truncated episode; false: as published"
    )
    clip_targets: tuple[float, float] | None = Field(
        None, description="range into which TD targets are clipped, e.g. [0, 1] for a 0/1 reward; null: none"
    )
    tau: float = Field(0.01, gt=0, le=1, description="rate at which target networks follow")
    lr: float = Field(1e-4, gt=0, description="Adam's learning rate of encoder, critic and actor")
    batch_size: Size = Field(256, description="transitions an update")
    average_decay: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="evaluate with weights averaged over the updates, each leaving this part of the average "
        "(0.999: over some thousand); null: with the newest, as published",
    )
    precision: Literal["fp32", "bf16"] = Field(
        "fp32",
        description="of the matrix products inside an update; bf16 needs a processor or GPU that has it",
    )
    exploration_std: Std | LinearSchedule = Field(
        0.1, description="noise on the actor's action when exploring: a number, or {start, end, steps}"
    )
    target_noise_std: float = Field(0.1, ge=0, description="noise on the actor's action inside both losses")
    target_noise_clip: float = Field(0.3, gt=0, description="bound of that noise")
    taught: Literal["requested", "executed"] = Field(
        "requested",
        description="actions to learn from: as they were asked for (as published), or as the safety gate had "
        "them carried out, cut to [-1, 1]",
    )
    demo_fraction: float | None = Field(
        None,
        ge=0,
        le=1,
        description="part of every batch from demonstrations (RLPD: 0.5); null: as they come",
    )
    actor_bc_steps: int = Field(
        0,
        ge=0,
        le=1_000_000_000,
        description="RFT: steps of behaviour cloning of encoder and actor before anything else",
    )
    bc_regularization: float = Field(
        0.0,
        ge=0,
        description="RFT: weight of a behaviour-cloning loss added to the actor's (0.1 as published)",
    )
    bc_regularization_dynamic: bool = Field(
        True, description="RFT: scale it by how often the pre-trained policy's action has the higher value"
    )
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

    @model_validator(mode="after")
    def _consistent(self) -> AgentConfig:
        for key, cameras in (("cameras", self.cameras), ("rl_cameras", self.rl_cameras or ())):
            if len(set(cameras)) < len(cameras):
                raise ValueError(f"{key} = {list(cameras)}: each camera is expected once")
        if self.observation == "pixels":
            self._fits_its_pictures()
        if self.observation == "pixels" and not self.cameras:
            raise ValueError("cameras is empty: a pixel agent needs at least one camera")
        if self.observation == "pixels" and not self.critic_cameras:
            raise ValueError("rl_cameras is empty: name at least one camera, or leave it out")
        if self.actor.edit_scale is not None and (self.actor_bc_steps or self.bc_regularization):
            raise ValueError(
                "actor.edit_scale: an actor that edits proposals can't be cloned itself, "
                "actor_bc_steps and bc_regularization must be 0"
            )
        if self.clip_targets is not None and self.clip_targets[0] >= self.clip_targets[1]:
            raise ValueError(f"clip_targets = {list(self.clip_targets)}: the first must be below the second")
        return self

    def _fits_its_pictures(self) -> None:
        side = self.image_size
        for kernel, stride in self.encoder.patches if self.encoder.kind == "vit" else ():
            if kernel > side:
                raise ValueError(
                    f"encoder.patches has a kernel of {kernel}, larger than the {side}x{side} that there are "
                    f"with image_size = {self.image_size}"
                )
            side = (side - kernel) // stride + 1
        if any(bc.kind == "resnet_flat" for bc in (self.bc, *self.bc_others)) and len(self.cameras) > 1:
            raise ValueError(f"bc.kind = resnet_flat sees one camera, and cameras = {list(self.cameras)}")

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
    def imitations(self) -> list[AgentConfig]:
        """This config once for each imitation policy, with that one alone as its `bc`."""
        if not self.bc_others:
            return [self]
        return [self.model_copy(update={"bc": bc, "bc_others": ()}) for bc in (self.bc, *self.bc_others)]
