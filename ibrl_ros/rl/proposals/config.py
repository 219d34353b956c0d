"""What every imitation policy has: which one it is, its networks' sizes, and its training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ibrl_ros.rl.settings import Frozen, Probability, Size


class BcConfig(Frozen):
    """One imitation policy and its training."""

    policy: str = Field(
        "regression",
        description="regression; mixture (Gaussian); diffusion (chunks of actions); or your own, as "
        "'package.module:Class' (docs/own_policy.md)",
    )
    kind: Literal["resnet", "resnet_flat", "conv"] = Field(
        "resnet",
        description="pixels: resnet (18, any cameras); resnet_flat (18, one camera, as for Meta-World; "
        "regression only); conv (four small convolutions). State agents use a plain network",
    )
    use_prop: bool = Field(
        False, description="pixels: the policy reads the proprioception too (not resnet_flat)"
    )
    feature_dim: Size = Field(512, description="pixels: width to which a camera's features are compressed")
    hidden_dim: Size = Field(1024, description="width of the hidden layers")
    layers: Size = Field(1, description="hidden layers")
    dropout: Probability = Field(0.0, description="while training")
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
    def _reads_what_it_sees(self) -> BcConfig:
        if self.kind == "resnet_flat" and self.use_prop:
            raise ValueError("bc.use_prop needs bc.kind resnet or conv, not resnet_flat")
        return self
