"""Replay buffer: every frame once, transitions by index, the oldest training episodes leave it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ibrl_ros.data.columns import Column, Rows, Storage
from ibrl_ros.data.episode import ACTION_DIM, Episode, Taught
from ibrl_ros.data.host_storage import HostStorage
from ibrl_ros.data.nstep import NStep, n_step
from ibrl_ros.data.observation_store import ObservationStore
from ibrl_ros.data.rows import FreeRows, RowList


class Transitions(NamedTuple):
    """A batch of B n-step transitions: arrays, or tensors on the device where the buffer is.

    Attributes:
        obs: "images/<camera>" uint8 [B, H, W, 3]; "prop" float32 [B, P * prop_stack]; "state" float32 [B, S].
        action: float32 [B, A].
        reward: float32 [B], n-step return.
        discount: float32 [B], gamma^n, or 0 where nothing is bootstrapped.
        proposals: float32 [B, K, A], the proposals for obs.
        next_obs: like obs, n steps later.
        next_proposals: float32 [B, K, A], the proposals for next_obs.
        rows: int64 [B], an array always: where in the buffer each comes from, see episode_ids.
    """

    obs: dict[str, Any]
    action: Any
    reward: Any
    discount: Any
    proposals: Any
    next_obs: dict[str, Any]
    next_proposals: Any
    rows: Rows


class _Held(NamedTuple):
    """Rows of an episode in the buffer: all of them, and those that are sampled as shown, or as online."""

    rows: Rows
    shown: Rows
    online: Rows


class ReplayBuffer:
    """Episodes to learn from. Frames are stored once; next observations are found by index.

    For the use of one thread. What is drawn is a function of the generator and of what `add` was called
    with: the rows themselves, which are used again, don't matter.
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
        max_steps: int | None = None,
        storage: Storage | None = None,
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
            max_steps: most steps of the training episodes that it holds, if these are more than one. For a
                new episode the oldest ones leave; of them it keeps the steps that a person showed.
                None: they never leave.
            storage: where its arrays are; None for this machine's memory.
        """
        self._gamma, self._n_step, self._max_steps = gamma, n_step, max_steps
        self._bootstrap_on_timeout, self._taught = bootstrap_on_timeout, taught
        self._storage = storage = storage or HostStorage()
        self._observations = ObservationStore(storage, keys, prop_stack)
        self._action_dim, self._num_proposals = action_dim, num_proposals
        self._actions = storage.numbers((action_dim,), np.float32)
        self._rewards = storage.numbers((), np.float32)
        self._discounts = storage.numbers((), np.float32)
        self._proposals = storage.numbers((num_proposals, action_dim), np.float32)
        self._next_rows, self._episodes = Column((), np.int64), Column((), np.int64)
        self._free, self._demo_rows, self._online_rows = FreeRows(), RowList(), RowList()
        self._episode_ids: list[str] = []
        self._training: deque[_Held] = deque()
        self._training_steps = 0

    @property
    def num_episodes(self) -> int:
        """How many episodes were added, those that have left included."""
        return len(self._episode_ids)

    @property
    def num_training_episodes(self) -> int:
        """How many training episodes it holds with all their steps."""
        return len(self._training)

    @property
    def num_transitions(self) -> int:
        """How many transitions can be sampled."""
        return len(self._demo_rows) + len(self._online_rows)

    @property
    def nbytes(self) -> int:
        """Bytes that its arrays have allocated."""
        arrays = (self._actions, self._rewards, self._discounts, self._proposals)
        indices = (self._next_rows, self._episodes)
        return self._observations.nbytes + sum(array.nbytes for array in (*arrays, *indices))

    def add(
        self, episode: Episode, proposals: NDArray[np.float32] | None = None, *, has_left: bool = False
    ) -> None:
        """Copy an episode into the buffer.

        Args:
            episode: the episode. The steps that a person showed count as demonstration, see Episode.shown.
            proposals: float32 [T, K, A], the proposals for each of its observations; None where K is 0.
            has_left: it is a training episode that left the buffer of which this one is a copy: only the
                steps that a person showed are added.

        Raises:
            ValueError: if it hasn't the observations, or their shapes, that the buffer holds, or its
                actions or the proposals don't fit.
            FloatingPointError: if a number of them, or a return, isn't finite; names the episode.
        """
        if proposals is None:
            proposals = np.zeros((len(episode), 0, self._action_dim), np.float32)
        self._check(episode, proposals)
        cut_off = self._bootstrap_on_timeout and episode.truncated
        steps = n_step(episode.rewards, self._n_step, self._gamma, bootstrap_at_end=cut_off)
        _refuse_non_finite(episode, {"return": steps.returns, "proposals": proposals})
        trained = episode.metadata.kind != "demo"
        if trained and not has_left:
            self._make_room(len(episode))
        held = self._write(episode, proposals, steps)
        if has_left:
            self._take_out(held)
        elif trained:
            self._training.append(held)
            self._training_steps += len(episode)

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
            OSError: images in a file can't be read.
        """
        if self.num_transitions == 0:
            raise ValueError("the replay buffer is empty: add an episode before sampling")
        return self._gather(self._draw_rows(batch_size, rng, demo_fraction))

    def episode_ids(self, rows: Rows) -> list[str]:
        """Ids of the episodes that hold the rows [B]."""
        return [self._episode_ids[number] for number in self._episodes.gather(rows)]

    def _check(self, episode: Episode, proposals: NDArray) -> None:
        expected = (len(episode), self._num_proposals, self._action_dim)
        try:
            if episode.action_dim != self._action_dim:
                raise ValueError(
                    f"its actions have {episode.action_dim} values, the buffer holds {self._action_dim}"
                )
            self._observations.check(episode.observations)
            if proposals.shape != expected:
                raise ValueError(f"proposals: expected shape {expected}, got {proposals.shape}")
        except ValueError as error:
            raise ValueError(f"episode {episode.metadata.id} doesn't fit this buffer: {error}") from error

    def _make_room(self, steps: int) -> None:
        """Let the oldest training episodes leave, until `steps` more may come."""
        most = self._max_steps
        while most is not None and self._training and self._training_steps + steps > most:
            oldest = self._training.popleft()
            self._training_steps -= len(oldest.rows)
            self._take_out(oldest)

    def _take_out(self, held: _Held) -> None:
        """Free the rows of an episode, except those that its shown steps need."""
        self._online_rows.remove(held.online)
        needed = np.concatenate([held.shown, self._next_rows.gather(held.shown)])
        self._free.give_back(np.setdiff1d(held.rows, needed))

    def _write(self, episode: Episode, proposals: NDArray[np.float32], steps: NStep) -> _Held:
        rows = self._free.take(len(episode))
        self._observations.put(rows, episode.observations)
        self._actions.put(rows, episode.taught(self._taught))
        self._rewards.put(rows, steps.returns)
        self._discounts.put(rows, steps.discounts)
        self._proposals.put(rows, proposals)
        self._next_rows.put(rows, rows[steps.next_indices])
        self._episodes.put(rows, len(self._episode_ids))
        self._episode_ids.append(episode.metadata.id)
        shown, online = rows[steps.valid & episode.shown], rows[steps.valid & ~episode.shown]
        self._demo_rows.append(shown)
        self._online_rows.append(online)
        return _Held(rows, shown, online)

    def _draw_rows(self, batch_size: int, rng: np.random.Generator, demo_fraction: float | None) -> Rows:
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

    def _gather(self, rows: Rows) -> Transitions:
        here, following = self._storage.index(np.stack((rows, self._next_rows.gather(rows))))
        return Transitions(
            obs=self._observations.gather(here),
            action=self._actions.gather(here),
            reward=self._rewards.gather(here),
            discount=self._discounts.gather(here),
            proposals=self._proposals.gather(here),
            next_obs=self._observations.gather(following),
            next_proposals=self._proposals.gather(following),
            rows=rows,
        )


def _refuse_non_finite(episode: Episode, computed: dict[str, NDArray]) -> None:
    """Check all numbers once, so that no batch has to be checked."""
    numbers = {"action": episode.actions, **episode.observations, **computed}
    found = [
        name for name, array in numbers.items() if array.dtype.kind == "f" and not np.isfinite(array).all()
    ]
    if found:
        raise FloatingPointError(
            f"{', '.join(found)} of episode {episode.metadata.id} holds a number that isn't finite"
        )
