"""The frozen BC policy's proposals for whole episodes, each computed once in the life of a run."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from numpy.typing import NDArray

from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.proposal_cache import ProposalCache
from ibrl_ros.learning.run import Run, config_hash
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.proposals.bc_policy import BcPolicy


class Proposer:
    """Computes proposals, or reads those that this or an earlier process of the run computed."""

    def __init__(self, run: Run, bc: BcPolicy, config: AgentConfig, device: torch.device) -> None:
        """Open the run's cache of proposals, or begin one for this policy."""
        self._bc, self._config, self._device = bc, config, device
        self._cache = ProposalCache(run.proposals, _identity(bc, config))

    def proposals(self, episode: Episode) -> NDArray[np.float32]:
        """Returns the proposals for all observations of an episode, float32 [T, K, A]."""
        known = self._cache.get(episode.metadata.id)
        if known is not None and known.shape[:2] == (len(episode), self._bc.num_proposals):
            return known
        self._bc.begin(episode.metadata.index)  # so that its random draws are the same after a resume
        computed = self._bc.propose(episode_tensors(episode, self._config, self._device)).cpu().numpy()
        self._cache.put(episode.metadata.id, computed)
        return computed


def _identity(bc: BcPolicy, config: AgentConfig) -> str:
    """Returns a hash of all that the proposals for an episode depend on: the weights, and their use."""
    content = hashlib.sha256()
    for name, tensor in sorted(bc.state_dict().items()):
        array = tensor.cpu().contiguous()
        content.update(f"{name} {array.dtype} {tuple(array.shape)}".encode())
        content.update(array.view(torch.uint8).numpy() if array.dim() else str(array.item()).encode())
    settings = [one.bc.model_dump(mode="json") for one in config.imitations]
    observed = config.model_dump(include={"cameras", "observation", "prop_stack"}, mode="json")
    return content.hexdigest() + config_hash({"bc": settings, **observed})
