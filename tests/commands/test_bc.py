from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from run_folders import begin, episode

from ibrl_ros.cli import make_parser
from ibrl_ros.commands import bc
from ibrl_ros.config import load_agent
from ibrl_ros.learning.imitation import load_bc
from ibrl_ros.learning.run import Run, RunError

TINY = {
    "observation": "state",
    "cameras": [],
    "prop_stack": 1,
    "bc": {"hidden_dim": 8, "steps": 5, "batch_size": 4},
}


def train(run: Run, agent: str) -> int:
    return bc.run(make_parser().parse_args(["bc", "--run", str(run.folder), "--agent", agent]))


@pytest.fixture
def agent(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY))
    return str(path)


def test_trains_once(tmp_path: Path, agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = begin(tmp_path / "run")
    demo = episode("demo", 0, "success")
    demo.observations["state"] = demo.observations["prop"][:, :4].copy()
    run.demos.save(demo)
    assert train(run, agent) == 0
    assert "step 5/5" in capsys.readouterr().out
    assert load_bc(run, load_agent(agent))[1]["demos"] == 1
    assert train(run, agent) == 0
    assert "step" not in capsys.readouterr().out.replace("10 steps", "")


def test_demonstrations_without_what_the_agent_sees(tmp_path: Path, agent: str) -> None:
    run = begin(tmp_path / "run")
    run.demos.save(episode("demo", 0, "success"))
    with pytest.raises(RunError, match="state"):
        train(run, agent)


def test_no_demonstrations(tmp_path: Path, agent: str) -> None:
    with pytest.raises(RunError, match="collect_demos"):
        train(begin(tmp_path / "run"), agent)
