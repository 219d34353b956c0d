"""Sizes of the networks that reinforcement learning trains."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ibrl_ros.rl.settings import Frozen, Probability, Size


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

    def require_fitting(self, image_size: int) -> None:
        """Refuse kernels that are larger than what they are to see.

        Raises:
            ValueError: names the kernel and the size.
        """
        side = image_size
        for kernel, stride in self.patches if self.kind == "vit" else ():
            if kernel > side:
                raise ValueError(
                    f"encoder.patches has a kernel of {kernel}, larger than the {side}x{side} that there are "
                    f"with image_size = {image_size}"
                )
            side = (side - kernel) // stride + 1


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
