"""Everything that shapes an imitation policy: its networks and its training."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ibrl_ros.rl.settings import Frozen, Probability, Size


class BcConfig(Frozen):
    """One imitation policy and its training."""

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
    steps: Size = Field(20000, description="gradient steps")
    batch_size: Size = Field(256, description="transitions a step")
    lr: float = Field(1e-4, gt=0, description="Adam's learning rate")
