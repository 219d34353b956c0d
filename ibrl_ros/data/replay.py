"""Replay buffer: every frame once, transitions by index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.data.columns import Column
from ibrl_ros.data.episode import ACTION_DIM, Episode, Taught
from ibrl_ros.data.nstep import n_step
from ibrl_ros.data.observation_store import ObservationStore


class Transitions(NamedTuple):
    """A batch of B n-step transitions.

    Attributes:
        obs: "images/<camera>" uint8 [B, H, W, 3]; "prop" float32 [B, P * prop_stack]; "state" float32 [B, S].
        action: float32 [B, A].
        reward: float32 [B], n-step return.
        discount: float32 [B], gamma^n, or 0 where nothing is bootstrapped.
        proposals: float32 [B, K, A], the proposals for obs.
        next_obs: like obs, n steps later.
        next_proposals: float32 [B, K, A], the proposals for next_obs.
        rows: int64 [B], where in the buffer each comes from, see episode_ids.
    """

    obs: dict[str, NDArray]
    action: NDArray[np.float32]
    reward: NDArray[np.float32]
    discount: NDArray[np.float32]
    proposals: NDArray[np.float32]
    next_obs: dict[str, NDArray]
    next_proposals: NDArray[np.float32]
    rows: NDArray[np.int64]


class ReplayBuffer:
    """Episodes to learn from. Frames are stored once; next and stacked observations are found by index.

    For the use of one thread.
    """

    def __init__(
        self,
        gamma: float,
        n_step: int,
        *,
        action_dim: int = ACTION_DIM,
        prop_stack: int = 1,
        num_proposals: int = 0,
        bootstrap_on_timeout: bool = False,
        keys: Sequence[str] | None = None,
        taught: Taught = "requested",
    ) -> None:
        """Make an empty buffer.

        Args:
            gamma: discount of one step.
            n_step: horizon of the returns, in steps.
            action_dim: A, the values of an action.
            prop_stack: how many steps of prop are stacked, see stacking.stack_history.
            num_proposals: K, how many proposals accompany each observation.
            bootstrap_on_timeout: treat the end of a truncated episode as a cut, not as an end, see
                nstep.n_step. The last step of such an episode is then never sampled.
            keys: names of the observations to keep; None for those of the first episode.
            taught: the actions to learn from, see Episode.taught.
        """
        self._gamma, self._n_step = gamma, n_step
        self._bootstrap_on_timeout, self._taught = bootstrap_on_timeout, taught
        self._observations = ObservationStore(keys, prop_stack)
        self._actions = Column((action_dim,), np.float32)
        self._rewards = Column((), np.float32)
        self._discounts = Column((), np.float32)
        self._next_rows = Column((), np.int64)
        self._start_rows = Column((), np.int64)
        self._proposals = Column((num_proposals, action_dim), np.float32)
        self._demo_rows = Column((), np.int64)
        self._online_rows = Column((), np.int64)
        self._episode_starts: list[int] = []
        self._episode_ids: list[str] = []

    @property
    def num_episodes(self) -> int:
        """How many episodes it holds."""
        return len(self._episode_starts)

    @property
    def num_transitions(self) -> int:
        """How many transitions can be sampled."""
        return len(self._demo_rows) + len(self._online_rows)

    @property
    def nbytes(self) -> int:
        """Bytes that it has allocated."""
        columns = [value for value in vars(self).values() if isinstance(value, Column)]
        return self._observations.nbytes + sum(column.nbytes for column in columns)

    def add(self, episode: Episode, proposals: NDArray[np.float32] | None = None) -> None:
        """Copy an episode into the buffer.

        Args:
            episode: the episode. The steps that a person showed count as demonstration, see Episode.shown.
            proposals: float32 [T, K, A], the proposals for each of its observations; None where K is 0.

        Raises:
            ValueError: if it hasn't the observations, or their shapes, that the buffer holds, or its
                actions or the proposals don't fit.
        """
        start = len(self._actions)
        if proposals is None:
            proposals = np.zeros((len(episode), 0, self._proposals.values.shape[2]), np.float32)
        self._check_proposals(proposals, len(episode))
        try:
            self._check_actions(episode)
            self._observations.extend(episode.observations)
        except ValueError as error:
            raise ValueError(f"episode {episode.metadata.id} doesn't fit this buffer: {error}") from error
        cut_off = self._bootstrap_on_timeout and episode.truncated
        steps = n_step(episode.rewards, self._n_step, self._gamma, bootstrap_at_end=cut_off)
        self._actions.extend(episode.taught(self._taught))
        self._rewards.extend(steps.returns)
        self._discounts.extend(steps.discounts)
        self._next_rows.extend(start + steps.next_indices)
        self._start_rows.extend(np.full(len(episode), start))
        self._proposals.extend(proposals)
        self._demo_rows.extend(start + np.flatnonzero(steps.valid & episode.shown))
        self._online_rows.extend(start + np.flatnonzero(steps.valid & ~episode.shown))
        self._episode_starts.append(start)
        self._episode_ids.append(episode.metadata.id)

    def sample(
        self, batch_size: int, rng: np.random.Generator, demo_fraction: float | None = None
    ) -> Transitions:
        """A batch, drawn uniformly with replacement.

        Args:
            batch_size: B.
            rng: the source of its draws.
            demo_fraction: the part of the batch that comes from the demonstrations (RLPD takes 0.5);
                None to draw from all alike. While one of the two kinds is missing, the other fills up.

        Raises:
            ValueError: if there is nothing to sample.
        """
        if self.num_transitions == 0:
            raise ValueError("the replay buffer is empty: add an episode before sampling")
        return self._gather(self._draw_rows(batch_size, rng, demo_fraction))

    def episode_ids(self, rows: NDArray[np.int64]) -> list[str]:
        """Ids of the episodes that hold the rows [B]."""
        indices = np.searchsorted(self._episode_starts, rows, side="right") - 1
        return [self._episode_ids[index] for index in indices]

    def _check_actions(self, episode: Episode) -> None:
        action_dim = self._actions.values.shape[1]
        if episode.action_dim != action_dim:
            raise ValueError(f"its actions have {episode.action_dim} values, the buffer holds {action_dim}")

    def _check_proposals(self, proposals: NDArray, length: int) -> None:
        expected = (length, *self._proposals.values.shape[1:])
        if proposals.shape != expected:
            raise ValueError(f"proposals: expected shape {expected}, got {proposals.shape}")

    def _draw_rows(
        self, batch_size: int, rng: np.random.Generator, demo_fraction: float | None
    ) -> NDArray[np.int64]:
        demo, online = self._demo_rows.values, self._online_rows.values
        if demo_fraction is None or not len(demo) or not len(online):
            drawn = rng.integers(len(demo) + len(online), size=batch_size)
            from_demo = drawn < len(demo)
            rows = np.empty(batch_size, np.int64)
            rows[from_demo] = demo[drawn[from_demo]]
            rows[~from_demo] = online[drawn[~from_demo] - len(demo)]
            return rows
        num_demo = round(batch_size * demo_fraction)
        return np.concatenate((rng.choice(demo, num_demo), rng.choice(online, batch_size - num_demo)))

    def _gather(self, rows: NDArray[np.int64]) -> Transitions:
        next_rows = self._next_rows.values[rows]
        starts = self._start_rows.values[rows]
        return Transitions(
            obs=self._observations.gather(rows, starts),
            action=self._actions.values[rows],
            reward=self._rewards.values[rows],
            discount=self._discounts.values[rows],
            proposals=self._proposals.values[rows],
            next_obs=self._observations.gather(next_rows, starts),
            next_proposals=self._proposals.values[next_rows],
            rows=rows,
        )
