from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from run_folders import LENGTH, begin, episode

from ibrl_ros.cli import make_parser
from ibrl_ros.commands import bc
from ibrl_ros.config import load_agent
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.learning.arrivals import Arrival
from ibrl_ros.learning.imitation import load_bc
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.learning.trainer import Trainer

TINY = {
    "observation": "state",
    "cameras": [],
    "prop_stack": 1,
    "critic": {"hidden_dim": 8},
    "actor": {"hidden_dim": 8},
    "bc": {"hidden_dim": 8, "steps": 5, "batch_size": 4},
    "batch_size": 4,
    "warmup_episodes": 0,
}


def train(run: Run, agent: str, *options: str) -> int:
    return bc.run(make_parser().parse_args(["bc", "--run", str(run.folder), "--agent", agent, *options]))


def seen(kind: Kind, index: int) -> Episode:
    """An episode whose states are told apart by its index."""
    made = episode(kind, index, "success")
    made.observations["state"] = np.full((LENGTH, 4), index, np.float32)
    return made


@pytest.fixture
def agent(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY))
    return str(path)


def test_trains_once(tmp_path: Path, agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = begin(tmp_path / "run")
    run.demos.save(seen("demo", 0))
    assert train(run, agent) == 0
    assert "step 5/5" in capsys.readouterr().out
    assert load_bc(run, load_agent(agent))[1]["demos"] == 1
    assert train(run, agent) == 0
    assert "step" not in capsys.readouterr().out.replace("10 steps", "")


def test_a_run_that_has_trained_goes_on_with_the_new_policys_proposals(tmp_path: Path, agent: str) -> None:
    run, config = begin(tmp_path / "run"), load_agent(agent)
    run.demos.save(seen("demo", 0))
    run.replay.save(seen("train", 1))
    before = Trainer(run, config, seed=1)
    before.ingest()
    while before.due > 0:
        before.update()
    before.save()

    run.demos.save(seen("demo", 2))
    train(run, agent)
    after = Trainer(run, config, seed=1)
    assert (after.updates, after.env_steps) == (before.updates, LENGTH)
    episodes = [*run.demos.iterate(), *run.replay.iterate()]
    new, old = (
        torch.cat([bc.propose(episode_tensors(one, config)) for one in episodes]).numpy()
        for bc in (load_bc(run, config)[0], before.bc)
    )
    np.testing.assert_array_equal(after._buffer._proposals.values, new)
    assert (new != old).any(axis=(1, 2)).all()
    run.replay.save(seen("train", 3))
    after.receive(Arrival.of(seen("train", 3)))
    after.ingest()
    assert after.due > 0 and np.isfinite(list(after.update().values())).all()


def test_learns_from_interventions_when_asked_to(
    tmp_path: Path, agent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = begin(tmp_path / "run")
    run.demos.save(seen("demo", 0))
    train(run, agent)
    with pytest.raises(RunError, match="nobody took over"):
        train(run, agent, "--with-interventions")
    corrected = seen("train", 1)
    corrected.interventions[3:5] = True
    run.replay.save(corrected)
    capsys.readouterr()
    train(run, agent, "--with-interventions")
    assert "2 steps of a person in 1 episodes" in capsys.readouterr().out
    train(run, agent)
    kept = capsys.readouterr().out
    assert "2 steps of a person" in kept and "loss" not in kept


def test_demonstrations_without_what_the_agent_sees(tmp_path: Path, agent: str) -> None:
    run = begin(tmp_path / "run")
    run.demos.save(episode("demo", 0, "success"))
    with pytest.raises(RunError, match="state"):
        train(run, agent)


def test_no_demonstrations(tmp_path: Path, agent: str) -> None:
    with pytest.raises(RunError, match="collect_demos"):
        train(begin(tmp_path / "run"), agent)


def test_while_a_learner_runs_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both would write the same file."""
    monkeypatch.setattr("ibrl_ros.learning.run.PATIENCE_S", 0.0)
    run = begin(tmp_path / "run")
    Run(run.folder).hold("weights", "nobody any more")
    learner = Run(run.folder)
    learner.hold("weights", "learner_node")
    with pytest.raises(RunError, match="is in use: learner_node"):
        train(run, "small_state")
