"""How well a computer holds a robot, measured on a simulated one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from franka_robot import FrankaRobot

from ibrl_ros.cli import make_parser
from ibrl_ros.commands.bench_franka import verdict
from ibrl_ros.config import ConfigError
from ibrl_ros.config.loader import config_root

FAIR = {"success_rate": 0.99, "in_time": 0.985, "fault": ""}


def bench(*arguments: object) -> int:
    args = make_parser().parse_args(["bench", "franka", *map(str, arguments)])
    return args.run_command(args)


def robot_file(folder: Path, address: str) -> Path:
    content = yaml.safe_load((config_root() / "robots/fr3_libfranka.yaml").read_text())
    content["libfranka"] = {"address": address, "realtime": "ignore"}
    path = folder / "robot.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_it_holds_and_says_how_well(
    franka_robot: FrankaRobot, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = robot_file(tmp_path, franka_robot.address)
    code = bench("--robot", file, "--seconds", 2)
    *_, line, sentence = capfd.readouterr().out.splitlines()
    measured = json.loads(line)
    assert measured["cycles"] > 0
    assert measured["fault"] == ""
    assert 0 < measured["work_us"]["p50"] <= measured["work_us"]["p99"] <= measured["work_us"]["max"]
    assert measured["memory_locked"] == (not any("memory" in text for text in measured["not_permitted"]))
    assert (code == 0) == sentence.startswith("good: ")


def test_nobody_at_the_address_is_said(tmp_path: Path) -> None:
    file = robot_file(tmp_path, "172.16.0.2")
    with pytest.raises(ConfigError, match=r"robot 127\.9\.9\.9.*activate FCI"):
        bench("--robot", file, "--address", "127.9.9.9")


@pytest.mark.parametrize(
    ("change", "begins"),
    [
        ({}, "good: the robot got 98.5% "),
        ({"success_rate": 0.97}, "not good: the robot got 97.0% "),
        ({"in_time": 0.5}, "not good: the robot got 50.0% "),
        ({"fault": "robot fr3: a reflex"}, "not good: robot fr3: a reflex"),
    ],
)
def test_the_verdict_goes_by_the_worst(change: dict[str, object], begins: str) -> None:
    assert verdict(FAIR | change).startswith(begins)
