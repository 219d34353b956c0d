from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from ibrl_ros.cli import make_parser
from ibrl_ros.commands.bench_straightforward import straightforward_update
from ibrl_ros.config import load_agent
from ibrl_ros.config.loader import parse_agent
from ibrl_ros.data.episode import ACTION_DIM
from ibrl_ros.learning.synthetic import filled_buffer, random_episode
from ibrl_ros.learning.tensors import observation_spec, to_batch
from ibrl_ros.rl import build_agent

TINY = """
extends: {base}
batch_size: 8
critic: {{hidden_dim: 16}}
actor: {{hidden_dim: 16}}
"""


def measured(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    args = make_parser().parse_args(["bench", *arguments])
    assert args.run_command(args) == 0
    (line,) = capsys.readouterr().out.splitlines()
    return json.loads(line)


@pytest.fixture(params=["small_pixels", "small_state"])
def agent(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY.format(base=request.param))
    return str(path)


@pytest.mark.parametrize("what", ["update", "act", "replay"])
def test_percentiles_are_in_order(capsys: pytest.CaptureFixture[str], agent: str, what: str) -> None:
    line = measured(capsys, what, "--agent", agent, "--repeats", "3", "--device", "cpu")
    assert line["bench"] == what and line["repeats"] == 3 and line["threads"] == 1
    assert line.get("device", "cpu") == "cpu"
    assert 0 < line["p10_ms"] <= line["p50_ms"] <= line["p90_ms"] <= line["p99_ms"]


def test_an_update_is_measured_beside_a_straightforward_one(
    capsys: pytest.CaptureFixture[str], agent: str
) -> None:
    line = measured(capsys, "update", "--agent", agent, "--repeats", "5", "--device", "cpu")
    assert list(line["variants"]) == ["the agent's", "straightforward"]
    assert line["times_the_limit"] > 1
    for one in line["variants"].values():
        assert one["repeats"] == 5 and one["a_second"] == pytest.approx(
            1000 / one["p50_ms"], abs=0.06, rel=0.01
        )


@pytest.mark.parametrize("changes", [{}, {"bootstrap_method": "rl", "act_method": "rl"}])
@pytest.mark.parametrize("name", ["small_state", "fast_pixels"])
def test_the_straightforward_update_computes_the_same(name: str, changes: dict[str, str]) -> None:
    small = {"batch_size": 8, "critic": {"nets": 3, "sampled_nets": 2, "hidden_dim": 16}}
    config = parse_agent(name, {**load_agent(name).model_dump(), **small, **changes})
    spec = observation_spec(random_episode(config, 0, 1), config)
    ours, theirs = (build_agent(config, spec, ACTION_DIM, 0) for _ in range(2))
    plain, buffer = straightforward_update(theirs), filled_buffer(config, 2, 10)
    for seed in range(3):
        batch = to_batch(buffer.sample(8, np.random.default_rng(seed)))
        metrics = ours.update(batch, update_actor=True)
        for key, value in plain(batch, update_actor=True).items():
            assert value == pytest.approx(metrics[key].item(), rel=1e-3, abs=1e-5), key
    assert torch.equal(ours.draws.get_state(), theirs.draws.get_state())


def test_options_override_the_agent(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--agent", "small_state", "--batch", "4", "--precision", "bf16", "--repeats", "1")
    line = measured(capsys, "update", *options)
    assert (line["batch"], line["precision"]) == (4, "bf16")


def test_the_buffer_costs_little_more_than_its_frames(capsys: pytest.CaptureFixture[str]) -> None:
    line = measured(capsys, "replay", "--agent", "small_pixels", "--batch", "4", "--repeats", "1")
    assert line["frame_bytes_a_transition"] == 96 * 96 * 3
    assert line["bytes_a_transition"] < 1.05 * line["frame_bytes_a_transition"]


@pytest.mark.parametrize(("agent", "cameras"), [("small_state", []), ("small_pixels", ["wrist"])])
def test_the_simulation_shows_what_the_agent_sees(
    capsys: pytest.CaptureFixture[str], agent: str, cameras: list[str]
) -> None:
    line = measured(capsys, "environment", "--agent", agent, "--repeats", "3")
    assert (line["task"], line["cameras"]) == ("lift", cameras)
    assert line["steps_a_second"] == pytest.approx(1000 / line["p50_ms"], abs=1)
