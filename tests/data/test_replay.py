"""The replay buffer against a naive one, which keeps whole episodes and copies."""

from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.data.episode import Episode, Taught
from ibrl_ros.data.replay import ReplayBuffer, Transitions

Make = Callable[..., Episode]
GAMMA = 0.9


def naive_transition(episode: Episode, t: int, n: int, stack: int, proposals: np.ndarray, cut: bool) -> dict:
    """Transition t of an episode, straight from the definition."""
    last = len(episode) - 1
    horizon = min(n, last - t) if cut else n
    following = min(last, t + horizon)
    ends = not cut and t + n > last

    def observe(step: int) -> dict:
        prop = episode.observations["prop"]
        stacked = [prop[step - k] if step >= k else np.zeros_like(prop[0]) for k in range(stack)]
        others = {name: array[step] for name, array in episode.observations.items()}
        return {**others, "prop": np.concatenate(stacked)}

    return {
        "obs": observe(t),
        "action": episode.actions[t],
        "reward": sum(GAMMA**k * r for k, r in enumerate(episode.rewards[t : t + horizon])),
        "discount": 0.0 if ends else GAMMA**horizon,
        "proposals": proposals[t],
        "next_obs": observe(following),
        "next_proposals": proposals[following],
    }


def locate(action: np.ndarray, episodes: list[Episode]) -> tuple[int, int]:
    """Which episode and step an action comes from; random actions are all different."""
    [(index, step)] = [
        (i, int(t))
        for i, episode in enumerate(episodes)
        for t in np.flatnonzero((episode.actions == action).all(1))
    ]
    return index, step


def fill(buffer: ReplayBuffer, episodes: list[Episode], num_proposals: int) -> list[np.ndarray]:
    rng = np.random.default_rng(99)
    proposals = [rng.normal(size=(len(e), num_proposals, 7)).astype(np.float32) for e in episodes]
    for episode, of_episode in zip(episodes, proposals, strict=True):
        buffer.add(episode, of_episode)
    return proposals


@settings(deadline=None, max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    n=st.integers(1, 5),
    stack=st.integers(1, 4),
    num_proposals=st.integers(0, 2),
    cut_timeouts=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_samples_are_those_of_a_naive_buffer(
    make_episode: Make,
    lengths: list[int],
    n: int,
    stack: int,
    num_proposals: int,
    cut_timeouts: bool,
    seed: int,
) -> None:
    episodes = [make_episode(length, seed=i, truncated=i % 2 == 0) for i, length in enumerate(lengths)]
    buffer = ReplayBuffer(
        GAMMA, n, prop_stack=stack, num_proposals=num_proposals, bootstrap_on_timeout=cut_timeouts
    )
    proposals = fill(buffer, episodes, num_proposals)
    assert buffer.num_transitions == sum(len(e) - (cut_timeouts and e.truncated) for e in episodes)
    if buffer.num_transitions == 0:
        return
    batch = buffer.sample(16, np.random.default_rng(seed))
    for b in range(16):
        index, t = locate(batch.action[b], episodes)
        cut = cut_timeouts and episodes[index].truncated
        expected = naive_transition(episodes[index], t, n, stack, proposals[index], cut)
        for name, value in expected["obs"].items():
            np.testing.assert_array_equal(batch.obs[name][b], value)
        for name, value in expected["next_obs"].items():
            np.testing.assert_array_equal(batch.next_obs[name][b], value)
        np.testing.assert_array_equal(batch.next_proposals[b], expected["next_proposals"])
        assert batch.reward[b] == pytest.approx(expected["reward"], abs=1e-5)
        assert batch.discount[b] == pytest.approx(expected["discount"])


@pytest.mark.parametrize(("taught", "expected"), [("requested", 0.9), ("executed", 0.4)])
def test_it_holds_the_actions_that_are_to_be_learned_from(
    make_episode: Make, taught: Taught, expected: float
) -> None:
    asked = make_episode(5, seed=0)
    actions, executed = np.full_like(asked.actions, 0.9), np.full_like(asked.actions, 0.4)
    cut = dataclasses.replace(asked, actions=actions, executed=executed, cuts=np.full(5, 2, np.uint8))
    buffer = ReplayBuffer(GAMMA, 3, taught=taught)
    fill(buffer, [cut], 0)
    assert np.allclose(buffer.sample(4, np.random.default_rng(0)).action, expected)


def test_every_transition_is_drawn_about_as_often(make_episode: Make) -> None:
    episodes = [make_episode(10, seed=0, kind="demo"), make_episode(30, seed=1)]
    buffer = ReplayBuffer(GAMMA, 3)
    fill(buffer, episodes, 0)
    drawn = buffer.sample(20_000, np.random.default_rng(0)).action[:, 0]
    _, counts = np.unique(drawn, return_counts=True)
    assert len(counts) == 40
    assert counts.min() > 400 and counts.max() < 600


@pytest.mark.parametrize("fraction", [0.0, 0.25, 0.5, 1.0])
def test_the_demonstrations_part_of_a_batch(make_episode: Make, fraction: float) -> None:
    demo, online = make_episode(10, seed=0, kind="demo"), make_episode(30, seed=1)
    buffer = ReplayBuffer(GAMMA, 3)
    fill(buffer, [demo, online], 0)
    batch = buffer.sample(64, np.random.default_rng(0), demo_fraction=fraction)
    places = [locate(action, [demo, online]) for action in batch.action]
    shown = [episode == 0 or bool(online.interventions[step]) for episode, step in places]
    assert sum(shown) == 64 * fraction
    assert fraction == 0 or any(episode == 1 for episode, _ in np.array(places)[shown])


def test_demonstrations_fill_a_batch_while_there_is_nothing_else(make_episode: Make) -> None:
    buffer = ReplayBuffer(GAMMA, 3)
    fill(buffer, [make_episode(10, kind="demo")], 0)
    assert len(buffer.sample(64, np.random.default_rng(0), demo_fraction=0.5).action) == 64


def test_a_seed_draws_the_same_batch(make_episode: Make) -> None:
    episodes = [make_episode(7, seed=i) for i in range(4)]
    batches: list[Transitions] = []
    for _ in range(2):
        buffer = ReplayBuffer(GAMMA, 3)
        fill(buffer, episodes, 0)
        batches.append(buffer.sample(32, np.random.default_rng(5)))
    np.testing.assert_array_equal(batches[0].next_obs["images/wrist"], batches[1].next_obs["images/wrist"])
    np.testing.assert_array_equal(batches[0].action, batches[1].action)


def test_memory_is_within_a_twentieth_of_the_raw_frames(make_episode: Make) -> None:
    episode = make_episode(100, image_size=96)
    raw = 20 * episode.observations["images/wrist"].nbytes
    buffer = ReplayBuffer(GAMMA, 3, num_proposals=1, prop_stack=3)
    proposals = np.zeros((100, 1, 7), np.float32)
    tracemalloc.start()
    for _ in range(20):
        buffer.add(episode, proposals)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1.05 * raw
    assert peak < 1.05 * raw
    assert buffer.nbytes < 1.05 * raw


def test_only_the_wanted_observations_are_kept(make_episode: Make) -> None:
    buffer = ReplayBuffer(GAMMA, 3, keys=["prop", "state"])
    buffer.add(make_episode(50, image_size=96))
    assert buffer.sample(2, np.random.default_rng(0)).obs.keys() == {"prop", "state"}
    assert buffer.nbytes < 50_000


def test_an_episode_without_the_proposals_that_the_buffer_holds_is_refused(make_episode: Make) -> None:
    buffer = ReplayBuffer(GAMMA, 3, num_proposals=1)
    with pytest.raises(ValueError, match=r"proposals: expected shape \(5, 1, 7\), got \(5, 0, 7\)"):
        buffer.add(make_episode(5))
    assert buffer.num_episodes == 0
    buffer.add(make_episode(5), np.ones((5, 1, 7), np.float32))
    assert (buffer.sample(4, np.random.default_rng(0)).next_proposals == 1).all()


def test_what_does_not_fit_is_refused_and_leaves_the_buffer_as_it_was(make_episode: Make) -> None:
    buffer = ReplayBuffer(GAMMA, 3, num_proposals=1)
    buffer.add(make_episode(5), np.zeros((5, 1, 7), np.float32))
    before = buffer.num_transitions, buffer.nbytes
    with pytest.raises(ValueError, match="images/wrist"):
        buffer.add(make_episode(5, image_size=9), np.zeros((5, 1, 7), np.float32))
    with pytest.raises(ValueError, match="the observation state is missing"):
        buffer.add(make_episode(5, state_dim=None), np.zeros((5, 1, 7), np.float32))
    with pytest.raises(ValueError, match=r"id-3-0 .* its actions have 4 values, the buffer holds 7"):
        buffer.add(make_episode(5, seed=3, action_dim=4), np.zeros((5, 1, 7), np.float32))
    with pytest.raises(ValueError, match="proposals"):
        buffer.add(make_episode(5), np.zeros((4, 1, 7), np.float32))
    assert (buffer.num_transitions, buffer.nbytes) == before
    assert buffer.num_episodes == 1


def test_an_empty_buffer_says_so() -> None:
    with pytest.raises(ValueError, match="empty"):
        ReplayBuffer(GAMMA, 3).sample(1, np.random.default_rng(0))


@settings(deadline=None, max_examples=60)
@given(
    episodes=st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=9),
    max_steps=st.integers(1, 25),
    n=st.integers(1, 4),
    fraction=st.sampled_from([None, 0.5]),
)
def test_a_full_buffer_draws_as_one_filled_with_what_is_left(
    make_episode: Make, episodes: list[tuple[int, bool]], max_steps: int, n: int, fraction: float | None
) -> None:
    """The newest training episodes are left, demonstrations, and of older ones what a person showed."""
    kinds = ["demo" if demo else "train" for _, demo in episodes]
    made = [make_episode(length, seed=i, kind=kinds[i]) for i, (length, _) in enumerate(episodes)]
    held, steps = set[int](), 0
    for number in reversed([i for i, kind in enumerate(kinds) if kind == "train"]):
        steps += len(made[number])
        if held and steps > max_steps:
            break
        held.add(number)
    bounded, refilled = (
        ReplayBuffer(GAMMA, n, max_steps=max_steps, prop_stack=2),
        ReplayBuffer(GAMMA, n, prop_stack=2),
    )
    for number, episode in enumerate(made):
        bounded.add(episode)
        refilled.add(episode, has_left=kinds[number] == "train" and number not in held)
    assert bounded.num_training_episodes == len(held)
    assert bounded.num_transitions == refilled.num_transitions
    assert bounded.num_transitions == sum(
        len(e) if kinds[i] == "demo" or i in held else int(e.shown.sum()) for i, e in enumerate(made)
    )
    if bounded.num_transitions == 0:
        return
    batches = [buffer.sample(32, np.random.default_rng(1), fraction) for buffer in (bounded, refilled)]
    for name in batches[0].obs:
        np.testing.assert_array_equal(batches[0].obs[name], batches[1].obs[name])
        np.testing.assert_array_equal(batches[0].next_obs[name], batches[1].next_obs[name])
    for name in ("action", "reward", "discount"):
        np.testing.assert_array_equal(getattr(batches[0], name), getattr(batches[1], name))
    assert bounded.episode_ids(batches[0].rows) == refilled.episode_ids(batches[1].rows)
    for action, episode_id in zip(batches[0].action, bounded.episode_ids(batches[0].rows), strict=True):
        number, step = locate(action, made)
        assert made[number].metadata.id == episode_id
        assert kinds[number] == "demo" or number in held or made[number].shown[step]


def test_a_bounded_buffer_stays_as_small(make_episode: Make) -> None:
    buffer = ReplayBuffer(GAMMA, 3, max_steps=100, keys=["images/wrist"])
    sizes = []
    for number in range(60):
        buffer.add(make_episode(20, seed=number, image_size=96))
        sizes.append(buffer.nbytes)
    shown = buffer.num_transitions - 100
    assert 0 < shown < 600
    assert sizes[-1] < 1.1 * (100 + 2 * shown + 75) * 96 * 96 * 3


@pytest.mark.parametrize("what", ["return", "proposals"])
def test_what_is_not_finite_is_refused_and_leaves_the_buffer_as_it_was(make_episode: Make, what: str) -> None:
    buffer = ReplayBuffer(GAMMA, 3, num_proposals=1)
    episode, proposals = make_episode(5), np.zeros((5, 1, 7), np.float32)
    if what == "return":
        episode.rewards[:] = 3e38
    else:
        proposals[4, 0, 6] = np.nan
    with pytest.raises(FloatingPointError, match=f"^{what} of episode {episode.metadata.id} holds"):
        buffer.add(episode, proposals)
    assert (buffer.num_episodes, buffer.num_transitions) == (0, 0)
