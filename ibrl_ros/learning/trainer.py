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
from ibrl_ros.data.outline import Outline
from ibrl_ros.data.replay import Transitions
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.learning.bad_input import culprit_of, naming, refuse_spoilt
from ibrl_ros.learning.bc_training import Progress
from ibrl_ros.learning.checkpoint import load_checkpoint, save_checkpoint
from ibrl_ros.learning.imitation import demonstrations, obtain_bc, shape_facts
from ibrl_ros.learning.keeping import ENOUGH_EPISODES, Keep
from ibrl_ros.learning.late_losses import LateLosses
from ibrl_ros.learning.packed_weights import PackedWeights
from ibrl_ros.learning.pretraining import prepare
from ibrl_ros.learning.proposing import Proposer
from ibrl_ros.learning.replay_room import ReplayRoom, make_buffer, make_storage
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.tally import Tally
from ibrl_ros.learning.tensors import observation_spec, to_batch
from ibrl_ros.learning.turns import Turns
from ibrl_ros.learning.weights import pack
from ibrl_ros.rl.agent import Metrics, build_agent
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.snapshot import MismatchError

ANY_ROOM = ReplayRoom()

logger = logging.getLogger(__name__)


class Trainer(Turns):
    """Agent, BC policy and replay buffer of one run.

    Attributes:
        agent: the agent that learns.
        device: device of the agent and of the BC policy.
        bc: the frozen BC policy, which makes proposals.
        version: index of the newest training episode in the buffer; 0 before the first.
        shares: counts of each robot's episodes in the buffer.
        env_steps: environment steps of the training episodes in the buffer.
        keep: which checkpoints stay when a new one is written.
        updates: gradient updates so far (of the critic).
        successes: whether each training episode in the buffer succeeded, in their order.
    """

    def __init__(
        self,
        run: Run,
        config: AgentConfig,
        seed: int,
        progress: Progress | None = None,
        device: torch.device = CPU,
        room: ReplayRoom = ANY_ROOM,
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
            room: room of the replay buffer; no setting of the run either.
            robots: names of several robots; none for one robot.
            in_rounds: whether they take turns in rounds, see Arrivals; then weights of version v have learned
                from all rounds before v.

        Raises:
            RunError: no demonstrations, a checkpoint of another agent, or in rounds episodes of other robots.
            ValueError: the demonstrations lack an observation of the agent.
            FloatingPointError: a loss on the demonstrations, or a number of an episode, is not finite.
        """
        self.run, self.config, self.device = run, config, device
        self.keep = Keep()
        demos = demonstrations(run)
        spec, action_dim = observation_spec(demos[0], config), demos[0].action_dim
        self.facts = {**shape_facts(demos[0], config), "seed": seed, "incarnation": secrets.token_hex(4)}
        self.bc = obtain_bc(run, demos, config, seed, progress, device)
        self.agent = build_agent(config, spec, action_dim, seed, device)
        self._rng = np.random.default_rng(seed)
        steps = sum(map(len, demos))
        storage = make_storage(run, config, spec, steps, room, device)
        self._buffer = make_buffer(config, action_dim, self.bc.num_proposals, storage)
        self._proposer = Proposer(run, self.bc, config, device)
        super().__init__(robots, in_rounds=in_rounds)
        self.version, self.env_steps, self.updates, self._learning_steps = 0, 0, 0, 0
        self.successes: list[bool] = []
        self._late_losses = LateLosses()
        self._updates_of_lost = 0  # updates done for episodes that have since been deleted
        self._all = Tally()
        self.shares: dict[str, Tally] = defaultdict(Tally)
        for demo in demos:
            self._add(demo)
        self._ids: list[str] = []
        saved = load_checkpoint(run.checkpoints, needed=("episode_ids", "rng", "updates"))
        if saved is None:
            prepare(self.agent, demos, self._buffer, self._rng, progress)
        self.packed = PackedWeights(self.agent, self.facts, self._late_losses.check)
        self._resume(saved)
        if in_rounds and (fault := self.arrivals.fault(self.robots)):
            raise RunError(f"{run.replay.folder} has {fault}")

    @property
    def due(self) -> int:
        """Number of updates still to be done for the steps so far."""
        called_for = int(self._learning_steps * self.config.updates_per_step) * self.config.critic_updates
        return called_for + self._updates_of_lost - self.updates

    def ingest(self) -> None:
        """Pack the present weights as `acting`, then move the next queued episode into the buffer.

        In rounds the weights are packed by `close_round`. The episode is read from the run's folder; an
        episode that is missing there is skipped.

        Raises:
            RuntimeError: updates for earlier episodes are due.
            FloatingPointError: the weights, or a number of the episode, aren't finite; names the episode.
            OSError: the episode can't be read now; it stays queued.
        """
        if self.due > 0:
            raise RuntimeError(f"{self.due} updates are due before the next episode may come in")
        arrival = self.arrivals.first
        assert arrival is not None, "no episode is next"
        episode = self.run.replay.get(arrival.id)
        if self.in_rounds:
            self.close_round()
        else:
            self.packed.put(arrival.index, self.env_steps)
        self.arrivals.drop_first()
        self.version = max(self.version, arrival.index)
        if episode is not None:
            self._take(episode)

    def update(self) -> Metrics:
        """Update the critic once, and the actor in every `critic_updates`-th call; returns the metrics.

        Raises:
            FloatingPointError: a loss (on a GPU: since the last reading) isn't finite; names an episode.
        """
        turn = self.config.critic_updates
        update_actor = self.updates % turn == turn - 1
        samples = [self._sample(self.config.demo_fraction)]
        if update_actor and self.agent.needs_demos:
            samples.append(self._sample(1.0))
        batch, *demos = (to_batch(sample, self.device) for sample in samples)
        culprit = culprit_of(samples, self._buffer)
        with naming(culprit):
            metrics = self.agent.update(batch, update_actor=update_actor, demos=demos[0] if demos else None)
        self._late_losses.add(self.updates, metrics, culprit)
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
        self._late_losses.check()
        state = self.agent.state_dict()
        refuse_spoilt(state)
        facts = {
            **self.facts,
            "episode_ids": self._ids,
            "left": len(self._ids) - self._buffer.num_training_episodes,
            "env_steps": self.env_steps,
            "updates": self.updates,
            "due": self.due,
            "rng": self._rng.bit_generator.state,
            "saved_at": time.time(),
        }
        rate = self._all.success_rate if self._all.episodes >= ENOUGH_EPISODES else None
        tensors, told = self.packed.saved() if self.in_rounds else ({}, {})
        saved, facts = {**state, **tensors}, {**facts, **told}
        save_checkpoint(self.run.checkpoints, saved, self.acting, facts, self.keep, rate)

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
            for number, known in enumerate(facts["episode_ids"]):
                if number < facts.get("left", 0):
                    self._recall(known)
                elif (episode := self.run.replay.get(known)) is not None:
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

    def _recall(self, episode_id: str) -> None:
        """Count an episode that has left the buffer, and add what a person showed in it."""
        outline = self.run.replay.outline(episode_id)
        if outline is None:
            return
        if outline.shown.any():
            episode = self.run.replay.get(episode_id)
            if episode is None:
                return
            self._add(episode, has_left=True)
        self._count(outline)

    def _take(self, episode: Episode) -> None:
        self._add(episode)
        self._count(episode)

    def _count(self, episode: Episode | Outline) -> None:
        if self.config.learn_in_warmup or len(self._ids) >= self.config.warmup_episodes:
            self._learning_steps += len(episode)
        self._ids.append(episode.metadata.id)
        self.arrivals.know(episode)
        self.version = max(self.version, episode.metadata.index)
        self.env_steps += len(episode)
        self.successes.append(episode.metadata.succeeded)
        for tally in (self._all, self.shares[episode.metadata.robot]):
            tally.add(episode)

    def _sample(self, demo_fraction: float | None) -> Transitions:
        return self._buffer.sample(self.config.batch_size, self._rng, demo_fraction)

    def _add(self, episode: Episode, *, has_left: bool = False) -> None:
        self._buffer.add(episode, self._proposer.proposals(episode), has_left=has_left)
