"""BC learns from the steps at which a person took over in training, once it is asked to."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_runs import LENGTH, arrive, learn, make_config, make_episode, make_run

from ibrl_ros.data.episode import Episode, Outcome
from ibrl_ros.learning.bc_training import gather, split, starts
from ibrl_ros.learning.imitation import demonstrations, obtain_bc, train_bc
from ibrl_ros.learning.interventions import choose_interventions, chosen_interventions
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights import unpack

Masks = st.lists(st.booleans(), min_size=1, max_size=20)


def taken_over(index: int, steps: slice, outcome: Outcome = "success") -> Episode:
    """A training episode in which a person took over at some steps."""
    episode = make_episode(index)
    episode.interventions[steps] = True
    metadata = episode.metadata.model_copy(update={"outcome": outcome})
    return dataclasses.replace(episode, metadata=metadata)


def ids(episodes: list[Episode]) -> list[str]:
    return [episode.metadata.id for episode in episodes]


@given(Masks, st.integers(1, 25))
def test_a_chunk_holds_a_persons_steps_only_and_none_is_missed(shown: list[bool], horizon: int) -> None:
    expected = [t for t in range(len(shown)) if all(shown[t : t + horizon])]
    assert starts(np.array(shown), horizon).tolist() == expected


@given(st.integers(0, LENGTH - 1), st.integers(1, LENGTH), st.sampled_from([1, 3]))
def test_of_a_training_episode_only_what_a_person_did_is_learned(
    first: int, count: int, horizon: int
) -> None:
    config, episode = make_config(), taken_over(0, slice(first, first + count))
    examples = gather([make_episode(0, "demo"), episode], config, horizon)
    rows = starts(episode.interventions, horizon)
    assert len(examples.action) == LENGTH + len(rows)
    np.testing.assert_array_equal(examples.obs["state"][LENGTH:], episode.observations["state"][rows])
    first_actions = examples.action[LENGTH:].reshape(len(rows), horizon, 7)[:, 0]
    np.testing.assert_array_equal(first_actions, episode.actions[rows])


@given(st.floats(0.01, 0.99), st.integers(0, 100))
def test_interventions_are_never_held_out(fraction: float, seed: int) -> None:
    demos, episode = [make_episode(i, "demo") for i in range(3)], taken_over(0, slice(2))
    training, held_out = split([*demos, episode], fraction, seed)
    assert training[-1] is episode
    assert split(demos, fraction, seed) == (training[:-1], held_out)


@pytest.mark.parametrize("observation", ["pixels", "state"])
def test_the_policys_own_steps_change_nothing(observation: str) -> None:
    config, demos = make_config(observation, bc={"batch_size": 8}), [make_episode(0, "demo")]
    episode = taken_over(1, slice(2, 5))
    other = dataclasses.replace(episode, actions=episode.actions.copy())
    other.actions[~episode.interventions] = 0
    obs = episode_tensors(episode, config)
    first, second, alone = (
        train_bc([*demos, *more], config, 1).propose(obs) for more in ([episode], [other], [])
    )
    assert torch.equal(first, second)
    assert not torch.equal(first, alone)


def test_they_are_listed_when_asked_for_and_then_kept(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert chosen_interventions(run) == []
    with pytest.raises(RunError, match="nobody took over"):
        choose_interventions(run)
    run.replay.save(taken_over(5, slice(3)))
    run.replay.save(taken_over(6, slice(3), outcome="timeout"))
    assert chosen_interventions(run) == []
    assert ids(choose_interventions(run)) == ["train-5"]
    run.replay.save(taken_over(7, slice(3)))
    assert ids(chosen_interventions(run)) == ["train-5"]
    assert ids(choose_interventions(run)) == ["train-5", "train-7"]
    run.replay.remove("train-5")
    assert ids(chosen_interventions(run)) == ["train-7"]


def test_the_policy_is_trained_anew_for_another_list_only(tmp_path: Path) -> None:
    run, steps = make_run(tmp_path), []
    run.replay.save(taken_over(5, slice(3)))

    def training_steps() -> int:
        steps.clear()
        obtain_bc(run, demonstrations(run), make_config(), 1, lambda step, *_: steps.append(step))
        return len(steps)

    assert [training_steps(), training_steps()] == [3, 0]
    choose_interventions(run)
    assert [training_steps(), training_steps()] == [3, 0]
    run.replay.save(taken_over(6, slice(3)))
    assert training_steps() == 0
    run.interventions.unlink()
    assert training_steps() == 3


def train_on(run: Run, stop: bool) -> Trainer:
    """Two more episodes, perhaps with a stop in between."""
    trainer = Trainer(run, make_config(), seed=1)
    for index in (10, 11):
        run.replay.save(make_episode(index))
        arrive(trainer, make_episode(index))
        learn(trainer)
        if stop:
            trainer.save()
            trainer = Trainer(run, make_config(), seed=1)
    return trainer


def test_a_run_whose_policy_changed_resumes_bit_by_bit(tmp_path: Path) -> None:
    """The new policy's proposals are in the buffer and go to the robot; from there a stop changes nothing."""
    trainers = []
    for stop in (False, True):
        run = make_run(tmp_path / str(stop))
        run.replay.save(taken_over(5, slice(3)))
        before = Trainer(run, make_config(), seed=1)
        learn(before)
        before.save()
        choose_interventions(run)
        after = train_on(run, stop)
        assert after.proposal_weights() != before.proposal_weights()
        episodes = [*run.demos.iterate(), *run.replay.iterate()]
        proposed = torch.cat([after.bc.propose(episode_tensors(one, after.config)) for one in episodes])
        np.testing.assert_array_equal(after._buffer._proposals.values, proposed.numpy())
        trainers.append(after)
    first, second = (trainer.agent.state_dict() for trainer in trainers)
    assert not [key for key in first if not torch.equal(first[key], second[key])]
    sent, again = (unpack(trainer.acting)[0] for trainer in trainers)
    assert all(torch.equal(sent[key], again[key]) for key in sent)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"- [", b"3\n", b"- {a: 1}\n"])
def test_a_damaged_list_is_named(tmp_path: Path, content: bytes) -> None:
    run = make_run(tmp_path)
    run.interventions.parent.mkdir()
    run.interventions.write_bytes(content)
    with pytest.raises(RunError, match=f"{run.interventions} is no list of episodes"):
        chosen_interventions(run)
