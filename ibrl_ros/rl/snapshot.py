"""Saved state as flat dictionaries of tensors, and loading it with names and shapes checked."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn
from torch.optim import Optimizer


class MismatchError(ValueError):
    """Weights of another network: which names, the shapes expected and found."""


def load_weights(module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load a `state_dict` of the same names and shapes.

    Raises:
        MismatchError: naming every parameter that is missing, superfluous or of another shape; the module is
            untouched then.
    """
    check_shapes(shapes(module.state_dict()), weights)
    module.load_state_dict(dict(weights))


def shapes(weights: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    """The shape of each parameter."""
    return {key: tuple(value.shape) for key, value in weights.items()}


def check_shapes(expected: Mapping[str, tuple[int, ...]], weights: Mapping[str, Tensor]) -> None:
    """Check that weights have exactly these names and shapes.

    Raises:
        MismatchError: naming every parameter that is missing, superfluous or of another shape.
    """
    found = shapes(weights)
    compared = (_problem(key, expected.get(key), found.get(key)) for key in {**expected, **found})
    problems = [problem for problem in compared if problem]
    if problems:
        advice = "this checkpoint is of another agent; build the agent with the checkpoint's sizes:"
        raise MismatchError("\n  ".join([advice, *problems]))


def _problem(key: str, expected: tuple[int, ...] | None, found: tuple[int, ...] | None) -> str | None:
    if found is None:
        return f"{key} {expected} is missing from the checkpoint"
    if expected is None:
        return f"{key} {found} has no place in this agent"
    return None if found == expected else f"{key} is {found} in the checkpoint, {expected} in this agent"


def with_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors under longer names."""
    return {prefix + key: value for key, value in tensors.items()}


def without_prefix(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names start with `prefix`, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def flatten_optimizer(optimizer: Optimizer) -> dict[str, Tensor]:
    """The optimiser's state as `<parameter number>/<name>`; empty before its first step."""
    state = optimizer.state_dict()["state"]
    return {f"{number}/{name}": value for number, entry in state.items() for name, value in entry.items()}


def restore_optimizer(optimizer: Optimizer, tensors: dict[str, Tensor]) -> None:
    """Load what `flatten_optimizer` gave."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split("/")
        state.setdefault(int(number), {})[name] = value.clone()
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
