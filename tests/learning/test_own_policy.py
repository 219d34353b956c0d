"""The example of docs/own_policy.md, as it stands there."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import torch
from small_runs import learn, make_config, make_episode, make_run

from ibrl_ros.config import load_agent
from ibrl_ros.learning.load_policy import load_agent_policy
from ibrl_ros.learning.tensors import episode_tensors
from ibrl_ros.learning.trainer import Trainer
from ibrl_ros.rl import build_bc
from ibrl_ros.rl.spec import ObservationSpec

PAGE = (Path(__file__).parents[2] / "docs/own_policy.md").read_text()
PATH = "my_pkg.my_module:MyPolicy"


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_pkg").mkdir()
    (tmp_path / "my_pkg/my_module.py").write_text(block("python"))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("my_pkg", "my_pkg.my_module"):
        monkeypatch.delitem(sys.modules, name, raising=False)


@pytest.mark.usefixtures("package")
def test_the_example_trains_proposes_and_is_found_again(tmp_path: Path) -> None:
    run, config = make_run(tmp_path / "run"), make_config(bc={"policy": PATH})
    trainer = Trainer(run, config, seed=1)
    assert type(trainer.bc).__name__ == "MyPolicy"
    assert learn(trainer)
    loaded, _ = load_agent_policy(run, config)
    obs = episode_tensors(make_episode(7), config)
    assert torch.equal(loaded.propose(obs), trainer.bc.propose(obs))
    assert not torch.equal(loaded.propose(obs), loaded.propose(obs | {"prop": obs["prop"] + 1}))


@pytest.mark.usefixtures("package")
def test_the_example_agent_file_names_it(tmp_path: Path) -> None:
    path = tmp_path / "my_agent.yaml"
    path.write_text(block("yaml"))
    config = load_agent(str(path))
    assert config.bc.policy == PATH and config.bc.hidden_dim == 64


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("no_such_package.module:Policy", "PYTHONPATH"),
        ("ibrl_ros.rl.proposals.build:NoSuchClass", "NoSuchClass"),
        ("ibrl_ros.rl.proposals.build", "package.module:Class"),
        ("ibrl_ros.rl.draws:Draws", "no subclass"),
    ],
)
def test_what_cannot_be_used_is_said(path: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build_bc(make_config(bc={"policy": path}), ObservationSpec(prop_dim=8, state_dim=5), 7, seed=0)
