"""The learner without ROS: takes episodes in order, does the updates they call for, saves and resumes exactly.

Episode after episode enters the replay buffer, and is followed by the updates that its steps call for, before
the next one enters. So the weights after episode k are a function of the seed and of the episodes up to k,
whenever these arrived and however often the process was stopped.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict

import numpy as np

from ibrl_ros.data.episode import ACTION_DIM, Episode
from ibrl_ros.data.replay import ReplayBuffer
from ibrl_ros.learning.checkpoint import load_checkpoint, save_checkpoint
from ibrl_ros.learning.imitation import Progress, demonstrations, obtain_bc
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.tensors import episode_tensors, observation_spec, to_batch
from ibrl_ros.learning.weights import pack
from ibrl_ros.rl.arrays import observed_keys
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.ibrl import build_agent

RECENT_EPISODES = 50


class Trainer:
    """Agent, BC policy and replay buffer of one run.

    Attributes:
        agent: the networks that learn.
        bc: the frozen policy that proposes.
        version: number of training episodes whose updates are done; goes with the acting weights.
        env_steps: environment steps of the training episodes in the buffer.
        updates: gradient updates so far (of the critic).
    """

    def __init__(self, run: Run, config: AgentConfig, seed: int, progress: Progress | None = None) -> None:
        """Train or load the BC policy, fill the buffer with demonstrations, resume the last checkpoint.

        Raises:
            RunError: no demonstrations.
            ValueError: the demonstrations lack what the agent observes.
        """
        self.run, self.config = run, config
        demos = demonstrations(run)
        spec = observation_spec(demos[0], config)
        self.facts = {"spec": asdict(spec), "seed": seed}
        self.bc = obtain_bc(run, demos, config, seed, progress)
        self.agent = build_agent(config, spec, ACTION_DIM, seed)
        self._rng = np.random.default_rng(seed)
        self._buffer = ReplayBuffer(
            config.gamma,
            config.n_step,
            prop_stack=config.prop_stack,
            num_proposals=1,
            bootstrap_on_timeout=config.bootstrap_on_timeout,
            keys=observed_keys(config),
        )
        self.version, self.env_steps, self.updates = 0, 0, 0
        self._learning_steps = 0
        self._recent: deque[dict[str, float]] = deque(maxlen=RECENT_EPISODES)
        for demo in demos:
            self._add(demo)
        self._queue: deque[Episode] = deque()
        self.acting = self._pack_acting()
        self._resume()

    @property
    def waiting(self) -> int:
        """Episodes that have arrived and are not in the buffer yet."""
        return len(self._queue)

    @property
    def stored_steps(self) -> int:
        """Steps of all training episodes, those that wait included."""
        return self.env_steps + sum(len(episode) for episode in self._queue)

    @property
    def due(self) -> int:
        """Updates that the steps so far call for and that are not done yet."""
        called_for = int(self._learning_steps * self.config.updates_per_step) * self.config.critic_updates
        return called_for - self.updates

    def receive(self, episode: Episode) -> None:
        """Queue a training episode; it is stored already."""
        self._queue.append(episode)

    def ingest(self) -> Episode:
        """Move the next episode into the buffer."""
        episode = self._queue.popleft()
        self._count(episode)
        self._add(episode)
        return episode

    def update(self) -> dict[str, float]:
        """One update of the critic, and of the actor when it is its turn.

        Raises:
            FloatingPointError: a loss is not finite.
        """
        batch = to_batch(self._buffer.sample(self.config.batch_size, self._rng))
        turn = self.config.critic_updates
        metrics = self.agent.update(batch, update_actor=self.updates % turn == turn - 1)
        self.updates += 1
        return metrics

    def finish_episode(self) -> None:
        """The updates of the newest episode are done."""
        self.version = self._ingested

    def refresh_acting(self) -> bytes:
        """Pack the weights as they are now, for acting; kept as `acting`."""
        self.acting = self._pack_acting()
        return self.acting

    def proposal_weights(self) -> bytes:
        """The BC policy's weights, as a message for the policy node."""
        return pack(self.bc.state_dict(), self.facts)

    def save(self) -> None:
        """Write a checkpoint."""
        facts = {
            **self.facts,
            "version": self.version,
            "ingested": self._ingested,
            "updates": self.updates,
            "rng": self._rng.bit_generator.state,
            "saved_at": time.time(),
        }
        name = f"step_{self.env_steps:08d}"
        save_checkpoint(self.run.checkpoints, name, self.agent.state_dict(), self.acting, facts)

    def progress(self) -> dict[str, float]:
        """Counts, and over the recent episodes: success rate and share of BC's actions."""
        recent = list(self._recent)
        return {
            "env_steps": self.env_steps,
            "episodes": self._ingested,
            "updates": self.updates,
            "success_rate": float(np.mean([row["success"] for row in recent])) if recent else 0.0,
            "bc_share": float(np.mean([row["bc_share"] for row in recent])) if recent else 1.0,
        }

    @property
    def _ingested(self) -> int:
        return self._buffer.num_episodes - self._num_demos

    def _resume(self) -> None:
        self._num_demos = self._buffer.num_episodes
        stored = self.run.replay.load_all()
        saved = load_checkpoint(self.run.checkpoints)
        if saved is not None:
            state, self.acting, facts = saved
            self.agent.load_state_dict(state)
            self._rng.bit_generator.state = facts["rng"]
            self.version, self.updates = facts["version"], facts["updates"]
            for episode in stored[: facts["ingested"]]:
                self._count(episode)
                self._add(episode)
        self._queue.extend(stored[self._ingested :])

    def _add(self, episode: Episode) -> None:
        proposals = self.bc.propose(episode_tensors(episode, self.config)).numpy()
        self._buffer.add(episode, proposals)

    def _count(self, episode: Episode) -> None:
        if self._ingested >= self.config.warmup_episodes:
            self._learning_steps += len(episode)
        self.env_steps += len(episode)
        success = float(episode.metadata.outcome == "success")
        self._recent.append({"success": success, "bc_share": float((episode.sources >= 1).mean())})

    def _pack_acting(self) -> bytes:
        return pack(self.agent.acting_state(), {**self.facts, "version": self.version})
