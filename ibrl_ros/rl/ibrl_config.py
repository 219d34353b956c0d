"""Everything that shapes an IBRL agent: its networks, its choices and its losses.

The defaults are those of the paper's pixel agent (Hu et al., RSS 2024, section V and appendix A).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ibrl_ros.rl.choice import ActMethod, Method, ProposalValue
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.networks.config import ActorConfig, CriticConfig, EncoderConfig
from ibrl_ros.rl.settings import LinearSchedule, Std


class IbrlConfig(AgentConfig):
    """One agent: what it sees, its networks, how it chooses and how it learns."""

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

    clip_targets: tuple[float, float] | None = Field(
        None, description="range into which TD targets are clipped, e.g. [0, 1] for a 0/1 reward; null: none"
    )
    tau: float = Field(0.01, gt=0, le=1, description="rate at which target networks follow")
    lr: float = Field(1e-4, gt=0, description="Adam's learning rate of encoder, critic and actor")
    precision: Literal["fp32", "bf16"] = Field(
        "fp32",
        description="of the matrix products inside an update; bf16 needs a processor or GPU that has it",
    )
    exploration_std: Std | LinearSchedule = Field(
        0.1, description="noise on the actor's action when exploring: a number, or {start, end, steps}"
    )
    target_noise_std: float = Field(0.1, ge=0, description="noise on the actor's action inside both losses")
    target_noise_clip: float = Field(0.3, gt=0, description="bound of that noise")

    @model_validator(mode="after")
    def _consistent(self) -> IbrlConfig:
        if self.observation == "pixels":
            self.encoder.require_fitting(self.image_size)
        if self.clip_targets is not None and self.clip_targets[0] >= self.clip_targets[1]:
            raise ValueError(f"clip_targets = {list(self.clip_targets)}: the first must be below the second")
        return self

    @property
    def learns(self) -> bool:
        """Whether anything is to be learned from what the agent does; imitation alone learns nothing."""
        return self.act_method != "bc" and super().learns
