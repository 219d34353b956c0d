"""Weights go into a run and come out of it in the published layout, bit by bit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from run_folders import begin, episode
from torch import Tensor

from ibrl_ros.cli import make_parser
from ibrl_ros.commands import bc, checkpoint
from ibrl_ros.config import load_agent
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.learning.weights_error import WeightsError

TINY = {
    "observation": "state",
    "cameras": [],
    "prop_stack": 1,
    "critic": {"hidden_dim": 8},
    "actor": {"hidden_dim": 8},
    "bc": {"hidden_dim": 8, "steps": 5, "batch_size": 4},
}


@pytest.fixture
def agent(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY))
    return str(path)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = begin(tmp_path / "run")
    for index in range(2):
        demo = episode("demo", index, "success")
        demo.observations["state"] = demo.observations["prop"][:, :4].copy()
        made.demos.save(demo)
    return made


def call(run: Run, agent: str, *words: object) -> int:
    arguments = ["checkpoint", *map(str, words), "--run", str(run.folder), "--agent", agent]
    return checkpoint.run(make_parser().parse_args(arguments))


def published(path: Path, changes: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rewrite a file with other numbers, as another training would have left it."""
    weights = {key: torch.rand_like(value) for key, value in torch.load(path).items()} | changes
    torch.save(weights, path)
    return weights


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return list(one) == list(other) and all(torch.equal(one[key], other[key]) for key in one)


def test_a_bc_policy_goes_in_and_comes_out(
    run: Run, agent: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there, back = tmp_path / "bc.pt", tmp_path / "back.pt"
    with pytest.raises(RunError, match="no BC policy"):
        call(run, agent, "export", "bc", there)
    bc.run(make_parser().parse_args(["bc", "--run", str(run.folder), "--agent", agent]))
    call(run, agent, "export", "bc", there)
    weights = published(there, {})
    call(run, agent, "import", "bc", there)
    demo = episode("demo", 2, "success")
    demo.observations["state"] = demo.observations["prop"][:, :4].copy()
    run.demos.save(demo)
    capsys.readouterr()
    trainer = Trainer(run, load_agent(agent), seed=1)
    assert same(dict(trainer.bc.state_dict()), weights), "it is not trained over, though there is a new demo"
    call(run, agent, "export", "bc", back)
    assert same(torch.load(back), weights)


def test_an_agent_goes_in_is_trained_on_from_and_comes_out(run: Run, agent: str, tmp_path: Path) -> None:
    there, back = tmp_path / "agent.pt", tmp_path / "back.pt"
    with pytest.raises(RunError, match="no BC policy"):
        call(run, agent, "export", "agent", there)
    torch.save(Trainer(run, load_agent(agent), seed=1).agent.networks.state_dict(), there)
    weights = published(there, {})
    call(run, agent, "import", "agent", there)
    trainer = Trainer(run, load_agent(agent), seed=1)
    assert same(dict(trainer.agent.networks.state_dict()), weights)
    assert (trainer.updates, trainer.env_steps) == (0, 0)
    call(run, agent, "export", "agent", back)
    assert same(torch.load(back), weights)
    with pytest.raises(RunError, match="has trained already"):
        call(run, agent, "import", "agent", there)


@pytest.mark.parametrize("part", ["agent", "bc"])
def test_weights_of_other_sizes_are_refused_by_key(run: Run, agent: str, tmp_path: Path, part: str) -> None:
    path = tmp_path / "other.pt"
    torch.save({"net.0.weight": torch.zeros(3, 3)}, path)
    with pytest.raises(RunError, match=rf"(?s){path}: .*net\.0\.weight"):
        call(run, agent, "import", part, path)


@pytest.mark.parametrize("content", [None, b"", b"noise", [1, 2], {"a": 3}])
def test_what_holds_no_weights_is_named(run: Run, agent: str, tmp_path: Path, content: object) -> None:
    path = tmp_path / "file.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(WeightsError, match=str(path)):
        call(run, agent, "import", "bc", path)
    assert not run.bc.exists()


def test_a_file_can_run_nothing(run: Run, agent: str, tmp_path: Path) -> None:
    path, trace = tmp_path / "file.pt", tmp_path / "trace"
    torch.save({"a": Mischief(trace)}, path)
    with pytest.raises(WeightsError):
        call(run, agent, "import", "bc", path)
    assert not trace.exists()


class Mischief:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self._path,)  # type: ignore[return-value]


def test_checkpoints_are_listed_and_pinned(run: Run, agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    trainer = Trainer(run, load_agent(agent), 1)
    trainer.save()

    def say(*words: str) -> str:
        checkpoint.run(make_parser().parse_args(["checkpoint", *words, "--run", str(run.folder)]))
        return capsys.readouterr().out

    assert "pinned" in say("pin", "1")
    for _ in range(3):
        trainer.save()
    rows = [line.split() for line in say("list").splitlines()]
    assert [(row[0], row[-1]) for row in rows[1:]] == [("1", "pinned"), ("3", "last"), ("4", "last")]
    assert "unpinned" in say("unpin", "1")
    trainer.save()
    assert [line.split()[0] for line in say("list").splitlines()[1:]] == ["4", "5"]
    with pytest.raises(RunError, match=r"no checkpoint 1 in .*; there are: 4, 5"):
        say("pin", "1")


def test_another_checkpoint_is_exported_by_its_number(run: Run, agent: str, tmp_path: Path) -> None:
    trainer = Trainer(run, load_agent(agent), 1)
    trainer.save()
    with torch.no_grad():
        next(trainer.agent.networks.parameters()).add_(1.0)
    trainer.save()
    for which in ("1", "2", "last"):
        call(run, agent, "export", "agent", tmp_path / which, "--checkpoint", which)
    first, second, last = (torch.load(tmp_path / which) for which in ("1", "2", "last"))
    assert not same(first, second) and same(second, last)
