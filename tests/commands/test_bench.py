from __future__ import annotations

import json
from pathlib import Path

import pytest

from ibrl_ros.cli import make_parser

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
