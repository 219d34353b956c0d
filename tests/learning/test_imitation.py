"""Behaviour cloning of a run's demonstrations."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from small_runs import make_config, make_episode, make_run

from ibrl_ros.learning.imitation import demonstrations, load_bc, obtain_bc, train_bc
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.tensors import episode_tensors


def obtain(run: Run, **changes: object) -> int:
    """Obtain the policy; the number of training steps that took."""
    steps: list[int] = []
    settings = {"config": make_config(), "seed": 1, **changes}
    obtain_bc(run, demonstrations(run), **settings, progress=lambda step, *_: steps.append(step))  # type: ignore[arg-type]
    return len(steps)


def test_without_demonstrations_it_says_how_to_record_some(tmp_path: Path) -> None:
    run = Run(tmp_path)
    failed = make_episode(0, "demo")
    metadata = failed.metadata.model_copy(update={"outcome": "failure"})
    run.demos.save(dataclasses.replace(failed, metadata=metadata))
    with pytest.raises(RunError, match=f"collect_demos.launch.py run_dir:={tmp_path}"):
        demonstrations(run)


def test_it_is_trained_once_for_the_same_demonstrations_and_settings(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert obtain(run) == 3
    assert obtain(run) == 0
    assert obtain(run, seed=2) == 3
    assert obtain(run, config=make_config(bc={"hidden_dim": 8})) == 3
    run.demos.save(make_episode(2, "demo"))
    assert obtain(run, config=make_config(bc={"hidden_dim": 8})) == 3


def test_what_is_loaded_proposes_what_was_trained(tmp_path: Path) -> None:
    run, config = make_run(tmp_path), make_config("pixels")
    with pytest.raises(RunError, match="train_online"):
        load_bc(run, config)
    trained = obtain_bc(run, demonstrations(run), config, seed=1)
    loaded, facts = load_bc(run, config)
    obs = episode_tensors(make_episode(7), config)
    assert torch.equal(trained.propose(obs), loaded.propose(obs))
    assert facts["demos"] == 2


def test_a_damaged_policy_is_set_aside_and_trained_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run, config = make_run(tmp_path), make_config()
    assert obtain(run) == 3
    whole = run.bc.read_bytes()
    run.bc.write_bytes(whole[:-1])
    with pytest.raises(RunError, match=rf"{run.bc}: .*ibrl bc --run {run.folder}"):
        load_bc(run, config)
    assert obtain(run) == 3
    assert f"{run.bc}.corrupt" in caplog.text
    assert run.bc.read_bytes() == whole


def test_a_loss_that_is_not_finite_stops_training() -> None:
    huge = make_episode(1, "demo")
    huge.actions[:] = 3e38
    with pytest.raises(FloatingPointError, match=r"loss is inf.* 3e\+38, is the action of .* demo-1"):
        train_bc([make_episode(0, "demo"), huge], make_config(), 1)


def test_a_policy_whose_proposals_are_not_finite_is_refused() -> None:
    config = make_config(bc={"steps": 1, "lr": 1e12, "layers": 4})  # no loss is computed after the only step
    with pytest.raises(FloatingPointError, match=r"proposals aren't finite.*of demonstration demo-"):
        train_bc([make_episode(0, "demo")], config, 1)


def test_training_fits_the_demonstrations_and_depends_on_the_seed_alone() -> None:
    config = make_config(bc={"steps": 300, "hidden_dim": 64, "dropout": 0.0, "lr": 3e-3})
    demos = [make_episode(0, "demo")]
    losses: list[float] = []
    first = train_bc(demos, config, 1, lambda step, steps, loss: losses.append(loss))
    torch.manual_seed(99)
    second = train_bc(demos, config, 1)
    obs = episode_tensors(demos[0], config)
    assert losses[-1] < 0.1 * losses[0]
    assert torch.equal(first.propose(obs), second.propose(obs))
    assert not torch.equal(first.propose(obs), train_bc(demos, config, 2).propose(obs))
