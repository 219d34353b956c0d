"""Imports and exports a run's weights as files of the published implementation (`torch.save`)."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ibrl_ros.learning.bc_training import Progress
from ibrl_ros.learning.checkpoint import LAST, load_facts
from ibrl_ros.learning.imitation import (
    IMPORTED,
    action_dim_from,
    demonstrations,
    load_bc,
    shape_facts,
    spec_from,
)
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import pack, write
from ibrl_ros.learning.weights_error import WeightsError
from ibrl_ros.rl.agent import build_agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.proposals.build import build_bc
from ibrl_ros.rl.published import load_published, published_weights
from ibrl_ros.rl.snapshot import MismatchError


def import_bc(run: Run, config: AgentConfig, path: Path) -> None:
    """Store a published BC policy as the run's; later demonstrations don't replace it.

    Raises:
        WeightsError: the file holds no weights.
        RunError: there are no demonstrations, which define the shapes, or the weights have other shapes.
    """
    facts = {"origin": IMPORTED, **_shape_facts(run, config), "demos": 0}
    policy = build_bc(config, spec_from(facts), action_dim_from(facts), seed=0)
    _load(policy, path)
    write(run.bc, pack(policy.state_dict(), facts))


def import_agent(
    run: Run,
    config: AgentConfig,
    seed: int,
    path: Path,
    progress: Progress | None = None,
    device: torch.device = CPU,
) -> None:
    """Start the run's training from a published agent, with new optimisers and counters.

    Raises:
        WeightsError: the file holds no weights.
        RunError: no demonstrations, weights of other shapes, or a run that has trained already.
    """
    if load_facts(run.checkpoints) is not None:
        raise RunError(
            f"{run.folder} has trained already: import into another run, or remove {run.checkpoints}"
        )
    shapes = _shape_facts(run, config)
    agent = build_agent(config, spec_from(shapes), action_dim_from(shapes), seed)
    _load(agent.published, path)  # before BC is trained
    trainer = Trainer(run, config, seed, progress, device)
    _load(trainer.agent.published, path)
    trainer.agent.begin_learning()
    trainer.refresh_acting()
    trainer.save()


def export_bc(run: Run, config: AgentConfig, path: Path) -> None:
    """Write the run's BC policy in the format of the published implementation.

    Raises:
        RunError: there is no policy, or one of a kind that the published implementation lacks.
    """
    bc, _ = load_bc(run, config)
    _save(bc, path)


def export_agent(run: Run, config: AgentConfig, path: Path, checkpoint: str = LAST) -> None:
    """Write the networks of one of the run's checkpoints in the format of the published implementation.

    Raises:
        RunError: there is no checkpoint, or an agent of a kind that the published implementation lacks.
    """
    _, agent = load_agent_policy(run, config, checkpoint=checkpoint)
    if agent is None:
        raise RunError(f"no checkpoint in {run.checkpoints}: train first")
    _save(agent.published, path)


def _shape_facts(run: Run, config: AgentConfig) -> dict[str, Any]:
    try:
        return shape_facts(demonstrations(run)[0], config)
    except ValueError as error:
        raise RunError(str(error)) from error


def _load(module: torch.nn.Module, path: Path) -> None:
    try:
        load_published(module, _read(path))
    except MismatchError as error:
        raise RunError(f"{path}: {error}") from error


def _save(module: torch.nn.Module, path: Path) -> None:
    buffer = io.BytesIO()
    try:
        torch.save(published_weights(module), buffer)
    except ValueError as error:
        raise RunError(str(error)) from error
    write(path, buffer.getvalue())


def _read(path: Path) -> dict[str, Tensor]:
    """Returns the `state_dict` of a file. Only tensors are unpickled, so no code in the file is executed."""
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise WeightsError(f"{path}: {error}") from error
    if not isinstance(weights, dict) or not all(isinstance(value, Tensor) for value in weights.values()):
        raise WeightsError(f"{path} holds no state_dict of tensors")
    return weights
