"""The replay buffer gives the same batches wherever it is; sizes decide where, no result depends on it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from placement import DEVICE, OneDevice
from small_runs import LENGTH, arrive, learn, make_config, make_episode, make_run

from ibrl_ros.data import frames
from ibrl_ros.data.host_storage import HostStorage
from ibrl_ros.learning import replay_room
from ibrl_ros.learning.checkpoint import load_facts
from ibrl_ros.learning.device_storage import DeviceStorage
from ibrl_ros.learning.replay_room import ReplayRoom, make_buffer, make_storage
from ibrl_ros.learning.tensors import moved_at_once, observation_spec, to_batch
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl import AgentConfig
from ibrl_ros.rl.spec import Batch

CPU = torch.device("cpu")
PIXELS = make_config("pixels", replay_steps=20, prop_stack=2)
BYTES_A_STEP = 48 * 48 * 3 + 4 * 8 * 2


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """The networks are so small that more threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def filled(config: AgentConfig, storage: object, lengths: list[int]) -> replay_room.ReplayBuffer:
    buffer = make_buffer(config, 7, 1, storage)  # type: ignore[arg-type]
    for index, length in enumerate(lengths):
        episode = make_episode(index, "demo" if index == 0 else "train", length)
        buffer.add(episode, episode.actions[:, None] / 2)
    return buffer


def assert_equal(one: Batch, other: Batch) -> None:
    for ours, theirs in zip(one, other, strict=True):
        if isinstance(ours, dict):
            assert ours.keys() == theirs.keys()
            assert all(torch.equal(ours[key], theirs[key]) for key in ours)
        else:
            assert torch.equal(ours, theirs)


@settings(deadline=None, max_examples=15)
@given(lengths=st.lists(st.integers(1, 12), min_size=1, max_size=8), expected=st.integers(0, 40))
def test_tensors_and_arrays_give_the_same_batches(lengths: list[int], expected: int) -> None:
    arrays = filled(PIXELS, HostStorage(), lengths)
    tensors = filled(PIXELS, DeviceStorage(CPU, expected), lengths)
    for seed in range(3):
        samples = [buffer.sample(16, np.random.default_rng(seed), None) for buffer in (arrays, tensors)]
        assert isinstance(samples[1].action, torch.Tensor)
        assert_equal(*map(to_batch, samples))
        assert arrays.episode_ids(samples[0].rows) == tensors.episode_ids(samples[1].rows)


def test_arrays_that_are_moved_at_once_are_the_same() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 255, (3, 5, 5, 3), np.uint8), rng.normal(size=(3, 7)).astype(np.float32)]
    arrays += [np.zeros((3, 0, 7), np.float32), np.arange(3)]
    for array, moved in zip(arrays, moved_at_once(arrays, CPU), strict=True):
        assert moved.dtype == torch.from_numpy(array).dtype
        np.testing.assert_array_equal(moved.numpy(), array)


@pytest.mark.parametrize("storage", [HostStorage(), DeviceStorage(DEVICE, 9)])
def test_a_batch_is_on_the_device_wherever_the_buffer_is(storage: object) -> None:
    with OneDevice():
        buffer = filled(PIXELS, storage, [5, 7, 9])
        batch = to_batch(buffer.sample(4, np.random.default_rng(0)), DEVICE)
    assert batch.obs["images/wrist"].shape == (4, 3, 48, 48) and batch.next_obs["prop"].shape == (4, 16)
    tensors = [value for part in batch for value in (part.values() if isinstance(part, dict) else [part])]
    assert {tensor.device for tensor in tensors} == {DEVICE}


@pytest.mark.parametrize(
    ("steps", "free_steps", "kind", "says"),
    [
        (40, 61, DeviceStorage, "on the device: 0.0 GB for 30 steps"),
        (15, 51, DeviceStorage, "on the device: 0.0 GB for 25 steps"),
        (40, 59, HostStorage, "in this machine's memory"),
        (None, 10**6, HostStorage, ""),
    ],
)
def test_sizes_decide_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    steps: int | None, free_steps: int, kind: type, says: str,
) -> None:  # fmt: skip
    """Ten steps of demonstrations; the agent keeps twenty more."""
    monkeypatch.setattr(replay_room, "free_bytes", lambda device: free_steps * BYTES_A_STEP)
    run, spec = make_run(tmp_path, 1, 0), observation_spec(make_episode(0), PIXELS)
    with caplog.at_level(logging.INFO):
        storage = make_storage(run, PIXELS, spec, 10, ReplayRoom(1.0, steps), DEVICE)
    assert type(storage) is kind and says in caplog.text
    assert type(make_storage(run, PIXELS, spec, 10, ReplayRoom(1.0, steps), CPU)) is HostStorage


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    learn(trainer)
    return trainer.agent.state_dict()


def with_takeovers(trainer: Trainer, episodes: int) -> None:
    for index in range(episodes):
        episode = make_episode(index)
        if index % 3 == 1:
            episode.interventions[2:4] = True
            episode.sources[2:4] = -1
        arrive(trainer, episode)


BOUNDED = make_config("pixels", replay_steps=2 * LENGTH + 3, updates_per_step=0.125, demo_fraction=0.5)
EPISODES = 7
STEPS_OF_ALL = EPISODES * (1 + LENGTH // 8)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, torch.Tensor]:
    trainer = Trainer(make_run(tmp_path_factory.mktemp("run"), episodes=0), BOUNDED, seed=1)
    with_takeovers(trainer, EPISODES)
    return weights(trainer)


@settings(deadline=None, max_examples=4)
@given(
    stops=st.sets(st.integers(1, STEPS_OF_ALL - 1), min_size=1, max_size=3),
    memory_gb=st.sampled_from([0.0, 3e-5, 1.0]),
    cached=st.booleans(),
)
def test_a_bounded_buffer_resumes_as_if_it_had_not_been_stopped(
    tmp_path_factory: pytest.TempPathFactory, uninterrupted: dict[str, torch.Tensor],
    stops: set[int], memory_gb: float, cached: bool,
) -> None:  # fmt: skip
    """Stopped at any steps (updates and episodes), with images in memory, in the file, or in both."""
    room, run = ReplayRoom(memory_gb), make_run(tmp_path_factory.mktemp("run"), episodes=0)
    trainer = Trainer(run, BOUNDED, seed=1, room=room)
    with_takeovers(trainer, EPISODES)
    with pytest.MonkeyPatch.context() as small:
        small.setattr(frames, "CHUNK_BYTES", 5 * 48 * 48 * 3)
        for stop in sorted(stops):
            while trainer.updates + trainer.progress()["episodes"] < stop:
                trainer.update() if trainer.due > 0 else trainer.ingest()
            trainer.save()
            if not cached:
                run.proposals.unlink()
            held = trainer._buffer.num_transitions, trainer._buffer.num_training_episodes
            trainer = Trainer(run, BOUNDED, seed=1, room=room)
            assert held == (trainer._buffer.num_transitions, trainer._buffer.num_training_episodes)
        ended = weights(trainer)
    assert not [name for name in uninterrupted if not torch.equal(uninterrupted[name], ended[name])]
    assert trainer.progress()["env_steps"] == EPISODES * LENGTH
    assert trainer._buffer.num_training_episodes == 2 and len(run.replay) == EPISODES


def test_what_has_left_is_not_decoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path, episodes=0)
    trainer = Trainer(run, BOUNDED, seed=1)
    with_takeovers(trainer, EPISODES)
    learn(trainer)
    trainer.save()
    facts = load_facts(run.checkpoints)
    assert facts is not None and facts["left"] == EPISODES - 2
    read = []
    get = type(run.replay).get
    monkeypatch.setattr(type(run.replay), "get", lambda self, known: read.append(known) or get(self, known))
    resumed = Trainer(run, BOUNDED, seed=1)
    assert read == ["train-1", "train-4", "train-5", "train-6"]
    assert resumed.progress() == trainer.progress()
    run.replay.paths()[0].unlink()
    after_loss = Trainer(run, BOUNDED, seed=1)
    assert after_loss.env_steps == (EPISODES - 1) * LENGTH and after_loss.due == 0
    after_loss.save()
    assert Trainer(run, BOUNDED, seed=1)._buffer.num_transitions == resumed._buffer.num_transitions
