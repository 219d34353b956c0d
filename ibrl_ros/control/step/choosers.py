"""Who chooses the action of a step: a person, BC alone, or the agent, which may take BC's proposal."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ibrl_ros.data.episode import SOURCE_ACTOR, SOURCE_PERSON
from ibrl_ros.rl.agent import Agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.spec import Obs, to_obs

FIRST_PROPOSAL = 1


class Decision(NamedTuple):
    """The action of one step.

    Attributes:
        action: float32 [7] in [-1, 1].
        source: 0 the agent's own action, k >= 1 proposal k, -1 a person, -2 nobody.
        intervention: a person took over from the policy.
    """

    action: NDArray[np.float32]
    source: int
    intervention: bool = False


def person(action: NDArray[np.float32], *, intervention: bool = False) -> Decision:
    """A person's command as the decision."""
    return Decision(np.clip(action, -1.0, 1.0).astype(np.float32), SOURCE_PERSON, intervention)


class PolicyChooser:
    """Chooses actions with BC alone, or with an agent that is given BC's proposals.

    Random draws start anew with each episode's seed, so that an episode is a function of its seed and of the
    weights, wherever a run was resumed.
    """

    def __init__(self, config: AgentConfig, bc: BcPolicy, agent: Agent | None = None) -> None:
        # With one image at a time wide convolutions run twice as fast in this layout; in batches they don't.
        self.bc = bc.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
        self.config, self.agent = config, agent
        self._keys = config.observed_keys
        self._history: deque[NDArray[np.float32]] = deque(maxlen=config.prop_stack)
        self._env_step = 0

    def begin(self, seed: int, env_step: int = 0) -> None:
        """A new episode begins, after `env_step` environment steps of training."""
        self._history.clear()
        self._env_step = env_step
        self.bc.begin(seed)
        if self.agent is not None:
            self.agent.begin(seed)

    def choose(self, arrays: dict[str, NDArray], *, warmup: bool = False, explore: bool = False) -> Decision:
        """The action for one observation (arrays by flat name, without a batch axis).

        Args:
            arrays: what the agent observes.
            warmup: act as the config's `warmup_policy` says.
            explore: act with exploration.
        """
        obs = self._batch(arrays)
        self._env_step += 1
        proposals = self.bc.propose_next(obs)
        policy = self.config.warmup_policy if warmup else "agent"
        if policy == "bc" or self.agent is None:
            return Decision(proposals[0, 0].cpu().numpy(), FIRST_PROPOSAL)
        if policy == "random":
            uniform = self.agent.draws.uniform(proposals.shape[2:]) * 2 - 1
            return Decision(uniform.cpu().numpy(), SOURCE_ACTOR)
        with torch.inference_mode():
            explore = explore and not warmup
            choice = self.agent.act(obs, proposals, explore=explore, env_step=self._env_step)
        return Decision(choice.action[0].cpu().numpy(), int(choice.source[0]))

    def _batch(self, arrays: dict[str, NDArray]) -> Obs:
        self._history.appendleft(np.asarray(arrays["prop"], np.float32))
        missing = self.config.prop_stack - len(self._history)
        zeros = np.zeros(missing * len(self._history[0]), np.float32)
        batch = {key: arrays[key][None] for key in self._keys}
        batch["prop"] = np.concatenate([*self._history, zeros])[None]
        return to_obs(batch, self.bc.draws.device)
