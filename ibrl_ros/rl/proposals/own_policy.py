"""Imitation policies of the user's own, named by import path (docs/own_policy.md)."""

from __future__ import annotations

import importlib

from ibrl_ros.rl.proposals.bc_policy import BcPolicy


def policy_class(path: str) -> type:
    """The class behind `package.module:Class`.

    Raises:
        ValueError: no such module or class, or it isn't a `BcPolicy`.
    """
    module_name, _, class_name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"bc.policy {path!r} can't be imported ({error}): write 'package.module:Class', and put the "
            "package's folder on PYTHONPATH"
        ) from error
    if not (isinstance(found, type) and issubclass(found, BcPolicy)):
        raise ValueError(f"bc.policy {path!r} is no subclass of ibrl_ros.rl.BcPolicy")
    return found
