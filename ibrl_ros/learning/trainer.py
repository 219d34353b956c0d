"""The learner without ROS: adds episodes in order, does the updates for their steps, saves, resumes exactly.

After an episode has entered the replay buffer, all updates for its steps are done before the next episode
enters. So the weights after episode k are a function of the seed and of the episodes up to k, independent of
the times of arrival and of stops of the process. Several robots' episodes enter in the order of `Arrivals`.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.replay import ReplayBuffer, Transitions
from ibrl_ros.learning.arrivals import Arrival, Arrivals
from ibrl_ros.learning.bad_input import largest, naming, refuse_non_finite, refuse_spoilt
from ibrl_ros.learning.bc_training import Progress
from ibrl_ros.learning.checkpoint import load_checkpoint, save_checkpoint
from ibrl_ros.learning.imitation import demonstrations, obtain_bc, shape_facts
from ibrl_ros.learning.packed_weights import PackedWeights
from ibrl_ros.learning.pretraining import prepare
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.tally import Tally
from ibrl_ros.learning.tensors import episode_tensors, observation_spec, to_batch
from ibrl_ros.learning.weights import pack
from ibrl_ros.rl.agent import build_agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.snapshot import MismatchError

logger = logging.getLogger(__name__)


class Trainer:
    """Agent, BC policy and replay buffer of one run.

    Attributes:
        agent: the agent that learns.
        device: device of the agent and of the BC policy.
        bc: the frozen BC policy, which makes proposals.
        version: index of the newest training episode in the buffer; 0 before the first.
        robots: names of several robots, sorted; one empty name for the only robot.
        shares: counts of each robot's episodes in the buffer.
        arrivals: stored episodes that aren't in the buffer yet.
        packed: packed weights to act with.
        env_steps: environment steps of the training episodes in the buffer.
        updates: gradient updates so far (of the critic).
    """

    def __init__(
        self,
        run: Run,
        config: AgentConfig,
        seed: int,
        progress: Progress | None = None,
        device: torch.device = CPU,
        robots: Sequence[str] = (),
        *,
        in_rounds: bool = False,
    ) -> None:
        """Train or load the BC policy, fill the buffer with demonstrations, resume the last checkpoint.

        Args:
            run: the run.
            config: configuration of the agent.
            seed: seed of networks and draws.
            progress: callback after each step of BC's training.
            device: device of training; no setting of the run, which may resume on any other.
            robots: names of several robots; none for one robot.
            in_rounds: whether they take turns in rounds, see Arrivals; then weights of version v have learned
                from all rounds before v.

        Raises:
            RunError: no demonstrations, a checkpoint of another agent, or in rounds episodes of other robots.
            ValueError: the demonstrations lack an observation of the agent.
            FloatingPointError: a loss on the demonstrations is not finite.
        """
        self.run, self.config, self.device = run, config, device
        demos = demonstrations(run)
        spec, action_dim = observation_spec(demos[0], config), demos[0].action_dim
        self.facts = {**shape_facts(demos[0], config), "seed": seed, "incarnation": secrets.token_hex(4)}
        self.bc = obtain_bc(run, demos, config, seed, progress, device)
        self.agent = build_agent(config, spec, action_dim, seed, device)
        self._rng = np.random.default_rng(seed)
        self._buffer = ReplayBuffer(
            config.gamma,
            config.n_step,
            action_dim=action_dim,
            prop_stack=config.prop_stack,
            num_proposals=self.bc.num_proposals,
            bootstrap_on_timeout=config.bootstrap_on_timeout,
            keys=config.observed_keys,
            taught=config.taught,
        )
        self.robots = tuple(sorted(robots)) or ("",)
        self._in_rounds = in_rounds and bool(robots)
        self.version, self.env_steps, self.updates, self._learning_steps = 0, 0, 0, 0
        self._updates_of_lost = 0  # updates done for episodes that have since been deleted
        self._all = Tally()
        self.shares: dict[str, Tally] = defaultdict(Tally)
        for demo in demos:
            self._add(demo)
        self._ids: list[str] = []
        self.arrivals = Arrivals(self.robots if self._in_rounds else ())
        saved = load_checkpoint(run.checkpoints, needed=("episode_ids", "rng", "updates"))
        if saved is None:
            prepare(self.agent, demos, self._buffer, self._rng, progress)
        self.packed = PackedWeights(self.agent, self.facts)
        self._resume(saved)
        if in_rounds and (fault := self.arrivals.fault(self.robots)):
            raise RunError(f"{run.replay.folder} has {fault}")

    @property
    def acting(self) -> bytes:
        """The newest packed weights to act with; their facts hold version and env_steps."""
        return self.packed.newest.content

    @property
    def waiting(self) -> int:
        """Number of queued episodes, which are not in the buffer yet."""
        return len(self.arrivals)

    @property
    def stored_steps(self) -> int:
        """Number of steps of all training episodes, queued ones included."""
        return self.env_steps + self.arrivals.steps

    @property
    def next_index(self) -> int:
        """One more than the index of the only robot's newest training episode, queued ones included."""
        return self.arrivals.next_index("")

    @property
    def due(self) -> int:
        """Number of updates still to be done for the steps so far."""
        called_for = int(self._learning_steps * self.config.updates_per_step) * self.config.critic_updates
        return called_for + self._updates_of_lost - self.updates

    def receive(self, arrival: Arrival) -> None:
        """Queue a stored training episode, in the order of `Arrivals`; a known episode is dropped."""
        self.arrivals.add(arrival)

    def ingest(self) -> None:
        """Pack the present weights as `acting`, then move the next queued episode into the buffer.

        In rounds the weights are packed by `close_round`. The episode is read from the run's folder; an
        episode that is missing there is skipped.

        Raises:
            RuntimeError: updates for earlier episodes are due.
            FloatingPointError: the weights aren't finite.
            OSError: the episode can't be read now; it stays queued.
        """
        if self.due > 0:
            raise RuntimeError(f"{self.due} updates are due before the next episode may come in")
        arrival = self.arrivals.first
        assert arrival is not None, "no episode is next"
        episode = self.run.replay.get(arrival.id)
        if self._in_rounds:
            self.close_round()
        else:
            self.packed.put(arrival.index, self.env_steps)
        self.arrivals.drop_first()
        self.version = max(self.version, arrival.index)
        if episode is not None:
            self._take(episode)

    def close_round(self) -> None:
        """Pack the present weights as the next version, if all episodes of the round are learned from."""
        version = self.packed.newest.version
        if self._in_rounds and self.due <= 0 and self.arrivals.round_is_over(version):
            self.packed.put(version + 1, self.env_steps)

    def finished(self, max_steps: int) -> bool:
        """Returns whether `max_steps` are learned from, in rounds before the last, and nothing is left."""
        steps = self.packed.earlier_steps if self._in_rounds else self.env_steps
        return steps >= max_steps and not self.waiting and self.due <= 0

    def update(self) -> dict[str, float]:
        """Update the critic once, and the actor in every `critic_updates`-th call; returns the metrics.

        Raises:
            FloatingPointError: a number of the batch, or a loss, is not finite; names the episode.
        """
        turn = self.config.critic_updates
        update_actor = self.updates % turn == turn - 1
        samples = [self._sample(self.config.demo_fraction)]
        if update_actor and self.agent.needs_demos:
            samples.append(self._sample(1.0))
        batch, *demos = (to_batch(sample, self.device) for sample in samples)
        with naming(lambda: "; ".join(largest(sample, self._buffer) for sample in samples)):
            metrics = self.agent.update(batch, update_actor=update_actor, demos=demos[0] if demos else None)
        self.updates += 1
        return metrics

    def refresh_acting(self) -> bytes:
        """Pack the present weights as `acting`, and return the bytes.

        Raises:
            FloatingPointError: the weights aren't finite.
        """
        self.packed.put(self.version, self.env_steps)
        return self.acting

    def proposal_weights(self) -> bytes:
        """Returns the BC policy's weights, packed for policy_node."""
        return pack(self.bc.state_dict(), self.facts)

    def save(self) -> None:
        """Write a checkpoint.

        Raises:
            FloatingPointError: the weights aren't finite; the last checkpoint stays.
        """
        state = self.agent.state_dict()
        refuse_spoilt(state)
        facts = {
            **self.facts,
            "episode_ids": self._ids,
            "env_steps": self.env_steps,
            "updates": self.updates,
            "due": self.due,
            "rng": self._rng.bit_generator.state,
            "saved_at": time.time(),
        }
        tensors, told = self.packed.saved() if self._in_rounds else ({}, {})
        save_checkpoint(self.run.checkpoints, {**state, **tensors}, self.acting, {**facts, **told})

    def progress(self) -> dict[str, float]:
        """Returns counts of steps, episodes, failures, updates; recent success rate and BC's share."""
        return {**self._all.row(), "updates": self.updates}

    def _resume(self, saved: tuple[dict[str, Tensor], bytes, dict[str, Any]] | None) -> None:
        if saved is not None:
            state, acting, facts = saved
            try:
                self.agent.load_state_dict(state)
            except MismatchError as error:
                raise RunError(f"{self.run.checkpoints}: {error}") from error
            self._rng.bit_generator.state = facts["rng"]
            self.updates = facts["updates"]
            for known in facts["episode_ids"]:
                episode = self.run.replay.get(known)
                if episode is not None:
                    self._take(episode)
            self._updates_of_lost = max(0, facts.get("due", self.due)) - self.due
            if self._ids == facts["episode_ids"]:
                self.facts["incarnation"] = facts.get("incarnation", self.facts["incarnation"])
                self.packed.restore(acting, state, facts)
            else:
                self._begin_anew(len(facts["episode_ids"]))
        self._await_the_others()

    def _begin_anew(self, learned_from: int) -> None:
        """Warn that learned episodes are missing, and pack weights whose version doesn't count them."""
        left = len(self._ids)
        logger.warning(
            f"{learned_from - left} of the {learned_from} episodes that the last checkpoint was learned from "
            f"aren't in {self.run.replay.folder}: training goes on from its weights with the other {left} "
            f"({self.env_steps} steps). Bring the files back from a copy if they shouldn't be gone"
        )
        self.packed.begin(self.version, self.env_steps)

    def _await_the_others(self) -> None:
        """Queue the stored episodes that aren't in the buffer yet."""
        learned = set(self._ids)
        for episode_id in self.run.replay.ids():
            episode = None if episode_id in learned else self.run.replay.get(episode_id)
            if episode is not None:
                self.arrivals.add(Arrival.of(episode))

    def _take(self, episode: Episode) -> None:
        if self.config.learn_in_warmup or len(self._ids) >= self.config.warmup_episodes:
            self._learning_steps += len(episode)
        self._ids.append(episode.metadata.id)
        self.arrivals.know(episode)
        self.version = max(self.version, episode.metadata.index)
        self.env_steps += len(episode)
        for tally in (self._all, self.shares[episode.metadata.robot]):
            tally.add(episode)
        self._add(episode)

    def _sample(self, demo_fraction: float | None) -> Transitions:
        sample = self._buffer.sample(self.config.batch_size, self._rng, demo_fraction)
        refuse_non_finite(sample, self._buffer)
        return sample

    def _add(self, episode: Episode) -> None:
        self.bc.begin(episode.metadata.index)  # so that its random draws are the same after a resume
        proposals = self.bc.propose(episode_tensors(episode, self.config, self.device)).cpu().numpy()
        self._buffer.add(episode, proposals)
