from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ibrl_ros.cli import make_parser
from ibrl_ros.commands import doctor
from ibrl_ros.commands.checks import running
from ibrl_ros.commands.checks.finding import Finding
from ibrl_ros.config import ConfigError


def run(*arguments: str) -> int:
    args = make_parser().parse_args(["doctor", *arguments])
    return args.run_command(args)


def test_this_machine_can_simulate(
    ros_domain: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LISTEN_S", 1.0)
    status = run("--json", "--run", str(tmp_path))
    findings = [Finding(**found) for found in json.loads(capsys.readouterr().out)]
    assert [found for found in findings if found.level == "missing"] == []
    assert status == 0
    assert {"ROS 2", "rendering", "disk", "this clock"} <= {found.name for found in findings}
    assert all(found.do for found in findings if found.level != "ok")
    files = [found.says for found in findings if found.name == "file"]
    assert any(re.search(r"/tasks/lift\.yaml \(sha256 [0-9a-f]{8}\)", says) for says in files)


def test_what_is_missing_shows_in_table_and_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", ("disk", "cameras", "no_such_check"))
    assert run("--robot", "fr3_robotiq", "--run", str(tmp_path)) == 1
    out = capsys.readouterr().out
    assert "missing  camera wrist" in out
    assert "missing  no_such_check  this check failed: ModuleNotFoundError" in out
    assert "2 missing, " in out
    assert all(len(line) <= doctor.WIDTH for line in out.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [("--robot", "no_such"), ("--task", "no_such"), ("--cameras", "wrist"), ("--cameras", "a=no_such")],
)
def test_what_cannot_be_loaded_is_an_error(arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError):
        run(*arguments)


def test_a_path_is_never_broken() -> None:
    path = "/home/lab/" + "a-long-name/" * 12 + "mine.yaml"
    assert path in doctor.table([Finding("file", "ok", f"{path} (sha256 0a1b2c3d)")])
