"""Everything that shapes an imitation policy: its networks, its head and its training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ibrl_ros.rl.settings import Frozen, Probability, Size


class MixtureConfig(Frozen):
    """The Gaussian mixture head."""

    modes: Size = Field(5, description="Gaussians")
    min_std: float = Field(1e-2, gt=0, description="smallest standard deviation of each")
    proposals: Size = Field(1, description="1: the likeliest mode's mean; more: that many samples")


class DiffusionConfig(Frozen):
    """The diffusion head, which proposes the first action of a denoised chunk."""

    train_steps: Size = Field(100, description="noise levels in training (DDPM)")
    sampling_steps: Size = Field(10, description="of them, those that sampling visits (DDIM)")
    chunk: Size = Field(8, description="actions denoised together")
    executed: Size = Field(1, description="of them, those carried out before the next chunk is made")
    proposals: Size = Field(1, description="chunks sampled for each observation")

    @model_validator(mode="after")
    def _parts_of_wholes(self) -> DiffusionConfig:
        if self.executed > self.chunk:
            raise ValueError(f"diffusion.executed = {self.executed} exceeds diffusion.chunk = {self.chunk}")
        if self.sampling_steps > self.train_steps:
            raise ValueError(
                f"diffusion.sampling_steps = {self.sampling_steps} exceeds "
                f"diffusion.train_steps = {self.train_steps}"
            )
        return self


class BcConfig(Frozen):
    """One imitation policy and its training."""

    policy: str | None = Field(
        None, description="your own policy, as 'package.module:Class' (docs/own_policy.md); null: one of ours"
    )
    head: Literal["mse", "mixture", "diffusion"] = Field(
        "mse",
        description="mse: one action by regression; mixture: a Gaussian mixture; diffusion: action chunks",
    )
    mixture: MixtureConfig = MixtureConfig()
    diffusion: DiffusionConfig = DiffusionConfig()
    kind: Literal["resnet", "resnet_flat", "conv"] = Field(
        "resnet",
        description="pixels: resnet (18, any cameras); resnet_flat (18, one camera, as for Meta-World); "
        "conv (four small convolutions). State agents use a plain network",
    )
    use_prop: bool = Field(
        False, description="pixels: the policy reads the proprioception too (not resnet_flat)"
    )
    feature_dim: Size = Field(512, description="pixels: width to which a camera's features are compressed")
    hidden_dim: Size = Field(1024, description="width of the hidden layers")
    layers: Size = Field(1, description="hidden layers")
    dropout: Probability = Field(0.0, description="while training")
    layer_norm: bool = Field(False, description="state: LayerNorm after each hidden layer")
    steps: int = Field(
        20000, ge=0, le=1_000_000_000, description="gradient steps; 0 for a policy of yours that needs none"
    )
    batch_size: Size = Field(256, description="transitions a step")
    lr: float = Field(1e-4, gt=0, description="Adam's learning rate")
    validation_fraction: Probability = Field(
        0.0, description="part of the demonstrations held out to stop early; 0: train on all, to the end"
    )
    patience: Size = Field(
        10, description="checks of the held-out loss without a better one, after which training stops"
    )

    @model_validator(mode="after")
    def _head_fits(self) -> BcConfig:
        if self.kind != "resnet_flat":
            return self
        if self.head != "mse":
            raise ValueError(f"bc.head = {self.head} needs bc.kind resnet or conv, not resnet_flat")
        if self.use_prop:
            raise ValueError("bc.use_prop needs bc.kind resnet or conv, not resnet_flat")
        return self
