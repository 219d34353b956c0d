"""Checkpoints of the published implementation (hengyuan-hu/ibrl): same names, same shapes."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from ibrl_ros.rl.snapshot import load_weights


def load_published(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load a published `state_dict` into an agent's networks or into an imitation policy.

    Args:
        module: `IbrlAgent.networks` or a `BcPolicy`, built with the checkpoint's sizes.
        weights: the published `state_dict`. To write one, take `module.state_dict()`.

    Raises:
        MismatchError: naming every parameter that is missing, superfluous or of another shape; the module is
            untouched then.
    """
    load_weights(module, weights)
