"""Session that evaluates the agent, or the BC policy alone, without exploration."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from ibrl_ros.control.step.choosers import Decision, PolicyChooser
from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.checkpoint import LAST
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.run import Run, RunError, provisional
from ibrl_ros.learning.weights import read_facts
from ibrl_ros.nodes.sessions.base import Session
from ibrl_ros.nodes.sessions.safekeeping import Safekeeping
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU


class EvaluateSession(Session):
    """Runs `num_episodes` episodes and stores all in the run's folder eval/, under the policy's name.

    The name of another checkpoint than the last is part of this name: `ibrl_best`, `ibrl_12`.
    """

    kind = "eval"

    def __init__(
        self,
        run: Run,
        config: AgentConfig,
        policy: str,
        num_episodes: int,
        seed: int,
        config_hash: str,
        device: torch.device = CPU,
        checkpoint: str = LAST,
    ) -> None:
        self.run, self.config_hash = run, config_hash
        self.observes = config.observed_keys
        bc, agent = load_agent_policy(run, config, device, LAST if policy == "bc" else checkpoint)
        if policy == "bc":
            agent = None
        elif agent is None:
            raise RunError(f"no checkpoint in {run.checkpoints}: train first, or evaluate policy:=bc")
        self._chooser = PolicyChooser(config, bc, agent)
        updates, origin = agent.updates if agent is not None else 0, read_facts(run.bc)["origin"]
        about = {"seed": seed, "config": config_hash, "updates": updates, "bc": origin}
        name = policy if policy == "bc" or checkpoint == LAST else f"{policy}_{checkpoint}"
        self._store, self._num_episodes = run.evaluation_of(name, about), num_episodes
        self.safekeeping = Safekeeping(self._store.save, provisional(self._store), self._store.__contains__)
        self._outcomes = [episode.metadata.outcome for episode in self._store.iterate()]

    @property
    def next_index(self) -> int:
        """One more than the index of the newest stored episode."""
        return self._store.next_index()

    def finished(self) -> bool:
        """Returns whether all episodes are run and stored."""
        return self.next_index >= self._num_episodes and not self.safekeeping

    def waiting_for(self) -> str | None:
        """Returns what episodes wait for that couldn't be stored; None if all are stored."""
        return self.safekeeping.waiting_for()

    def begin(self, seed: int) -> None:
        """Begin an episode: its random draws start from its seed."""
        self._chooser.begin(seed)

    def choose(self, arrays: dict[str, NDArray], followed: NDArray[np.float32] | None) -> Decision:
        """Returns the policy's action, without noise."""
        return self._chooser.choose(arrays)

    def deliver(self, episode: Episode) -> str:
        """Store an episode; returns a line for the log with the success rate so far."""
        trouble = self.safekeeping.keep(episode)
        self._outcomes.append(episode.metadata.outcome)
        rate = self._outcomes.count("success") / len(self._outcomes)
        line = (
            f"evaluation {len(self._outcomes)}/{self._num_episodes}: {episode.metadata.outcome_in_words} in "
            f"{len(episode)} steps, success so far {rate:.0%}"
        )
        return f"{line}; {trouble}" if trouble else line
