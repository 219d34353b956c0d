"""Checkpoints of the published implementation (hengyuan-hu/ibrl): same names, same shapes."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn


def load_published(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load a published `state_dict` into an agent's networks or into an imitation policy.

    Args:
        module: `IbrlAgent.networks` or a `BcPolicy`, built with the checkpoint's sizes.
        weights: the published `state_dict`. To write one, take `module.state_dict()`.

    Raises:
        ValueError: naming every parameter that is missing, superfluous or of another shape; the module is
            untouched then.
    """
    expected = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    found = {key: tuple(value.shape) for key, value in weights.items()}
    compared = (_problem(key, expected.get(key), found.get(key)) for key in {**expected, **found})
    problems = [problem for problem in compared if problem]
    if problems:
        advice = "this checkpoint is of another agent; build the agent with the checkpoint's sizes:"
        raise ValueError("\n  ".join([advice, *problems]))
    module.load_state_dict(dict(weights))


def _problem(key: str, expected: tuple[int, ...] | None, found: tuple[int, ...] | None) -> str | None:
    if found is None:
        return f"{key} {expected} is missing from the checkpoint"
    if expected is None:
        return f"{key} {found} has no place in this agent"
    return None if found == expected else f"{key} is {found} in the checkpoint, {expected} in this agent"
