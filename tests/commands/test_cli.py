from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ibrl_ros.cli import COMMANDS, make_parser
from ibrl_ros.commands.doctor import make_setup
from ibrl_ros.config import ConfigError


def ibrl(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "importtime", "-m", "ibrl_ros.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("arguments", [["--help"], *[[name, "--help"] for name in COMMANDS]])
def test_help_is_there_and_loads_nothing_heavy(arguments: list[str]) -> None:
    ended = ibrl(*arguments)
    assert ended.returncode == 0
    assert "usage: ibrl" in ended.stdout
    loaded = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines()}
    assert not loaded & {"torch", "numpy", "matplotlib", "pydantic", "rclpy"}


def test_errors_are_one_line_without_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.cli", "report", "--run", str(tmp_path / "none")],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ibrl: no run folder {tmp_path / 'none'}")
    assert "Traceback" not in ended.stderr


def test_what_the_machine_refuses_is_a_line_too(tmp_path: Path) -> None:
    (tmp_path / "report").write_text("a file where a folder should be")
    ended = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.cli", "report", "--run", str(tmp_path)],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ibrl: {tmp_path / 'report'}: ")
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("bc --threads 0", "--threads: 0: expected a whole number, 1 or more"),
        ("bc --seed -1", "--seed: -1: expected a whole number, 0 or more"),
        ("bc --run {file}", "--run: {file}: this is a file, expected a folder"),
        ("bc --device cuda:99", "--device: cuda:99: PyTorch finds"),
        ("benchmark smoke --device gpu", "--device: gpu: expected auto, cpu, cuda"),
        ("bench act --repeats 0", "--repeats: 0: expected a whole number, 1 or more"),
        ("bench update --batch -3", "--batch: -3: expected a whole number, 1 or more"),
        ("bench latency --seconds nan", "--seconds: nan: expected a number, 0 or more"),
        ("benchmark smoke --jobs 0", "--jobs: 0: expected a whole number, 1 or more"),
        ("benchmark smoke --steps 0", "--steps: 0: expected a whole number, 1 or more"),
        ("demo --operator-noise nan", "--operator-noise: nan: expected a number, 0 or more"),
        ("demo --eval-episodes 0", "--eval-episodes: 0: expected a whole number, 1 or more"),
        ("demo --max-steps -5", "--max-steps: -5: expected a whole number, 0 or more"),
        ("demo --run {file}", "--run: {file}: this is a file"),
        ("doctor --teleop glove", "--teleop: glove: there is no teleoperation device 'glove'"),
        ("demo --maxsteps 5", "--maxsteps: unknown option; did you mean --max-steps?"),
        ("bc --sed=5", "--sed: unknown option; did you mean --seed?"),
        ("report --zzz", "--zzz: unknown option; known: --help, --run, -h"),
        ("report --run {file}", "--run: {file}: this is a file"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: str, said: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SystemExit) as ended:
        make_parser().parse_args(words.format(file=file).split())
    assert ended.value.code == 2
    assert said.format(file=file) in capsys.readouterr().err


def test_doctor_refuses_a_camera_that_ros_cannot_name() -> None:
    with pytest.raises(ConfigError, match="--cameras front-left=webcam: 'front-left' is no name for ROS"):
        make_setup(make_parser().parse_args(["doctor", "--cameras", "front-left=webcam"]))
