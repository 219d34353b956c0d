"""Loads a run's BC policy and agent for acting."""

from __future__ import annotations

import torch

from ibrl_ros.learning.checkpoint import LAST, find_checkpoint, load_checkpoint, read_checkpoint
from ibrl_ros.learning.imitation import action_dim_from, load_bc, spec_from
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.rl.agent import Agent, build_agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.snapshot import MismatchError


def load_agent_policy(
    run: Run, config: AgentConfig, device: torch.device = CPU, checkpoint: str = LAST
) -> tuple[BcPolicy, Agent | None]:
    """Returns the run's BC policy, and its agent of a checkpoint (None before the first).

    An agent that averages its weights acts with the averages.

    Args:
        run: the run.
        config: configuration of its agent.
        device: device of both.
        checkpoint: the last one, or one that `find_checkpoint` knows.

    Raises:
        RunError: no BC policy was trained, the weights belong to another agent configuration, or there is
            no such checkpoint.
        WeightsError: the named checkpoint is damaged.
    """
    bc, facts = load_bc(run, config, device)
    try:
        if checkpoint == LAST:
            saved = load_checkpoint(run.checkpoints)
        else:
            saved = read_checkpoint(find_checkpoint(run.checkpoints, checkpoint))
    except LookupError as error:
        raise RunError(str(error)) from error
    if saved is None:
        return bc, None
    agent = build_agent(config, spec_from(facts), action_dim_from(facts), seed=0, device=device)
    try:
        agent.load_state_dict(saved[0])
    except MismatchError as error:
        raise RunError(f"{run.checkpoints}: {error}") from error
    agent.load_acting_state(agent.averaged_state())
    return bc, agent
