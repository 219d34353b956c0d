"""Checkpoints of the published implementation (hengyuan-hu/ibrl): same names, same shapes."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from ibrl_ros.rl.networks.build import CamerasEncoder, PixelNetworks, StateNetworks
from ibrl_ros.rl.networks.conv import ConvEncoder
from ibrl_ros.rl.networks.prop_scaling import PropScaling
from ibrl_ros.rl.proposals.regression import MultiViewBc, SingleViewBc, StateBc
from ibrl_ros.rl.snapshot import load_weights

_PUBLISHED = (PixelNetworks, StateNetworks, MultiViewBc, SingleViewBc, StateBc)
_OURS = (CamerasEncoder, ConvEncoder, PropScaling)


def load_published(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load a published `state_dict` into an agent's networks or into an imitation policy.

    Args:
        module: `IbrlAgent.networks` or a `BcPolicy`, built with the checkpoint's sizes.
        weights: the published `state_dict`.

    Raises:
        MismatchError: naming every parameter that is missing, superfluous or of another shape; the module is
            untouched then.
    """
    load_weights(module, weights)


def published_weights(module: nn.Module) -> dict[str, Tensor]:
    """The published `state_dict` of an agent's networks or of an imitation policy; a copy.

    Raises:
        ValueError: the published implementation has no such network.
    """
    names = [type(part).__name__ for part in module.modules() if isinstance(part, _OURS)]
    names += ["actor.edit_scale" for part in module.modules() if getattr(part, "edit_scale", None)]
    if not isinstance(module, _PUBLISHED):
        names.append(type(module).__name__)
    if names:
        raise ValueError(f"the published implementation has no {names[-1]}: its checkpoints can't hold one")
    return {key: value.detach().cpu().clone() for key, value in module.state_dict().items()}
