"""`ibrl list`: every class and file that can be chosen, with a word about it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ibrl_ros.cli import make_parser
from ibrl_ros.commands import list_extensions
from ibrl_ros.commands.list_extensions import LISTED, Topic, lines
from ibrl_ros.config.loader import config_root
from ibrl_ros.register import Register


@pytest.mark.parametrize("topic", LISTED)
def test_all_classes_and_files_are_listed(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    args = make_parser().parse_args(["list", topic])
    assert args.run_command(args) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    names = [row.split()[0] for row in rows]
    register, folder = LISTED[topic].register, LISTED[topic].folder
    if register is not None and "-" not in names:
        assert set(register.names()) <= set(names)
    assert {path.stem for path in (config_root() / folder).glob("*.yaml")} <= {*names} or not folder
    assert all(len(row.split()) > 1 for row in rows), "each has a word about it"


def test_every_register_is_listed() -> None:
    from ibrl_ros import registers

    listed = [topic.register for topic in LISTED.values()]
    assert all(one in listed for one in vars(registers).values() if isinstance(one, Register))


def test_a_class_is_told_by_its_first_line_and_a_file_by_its_first_sentence() -> None:
    assert (
        "  npz  A folder of NumPy files, one an episode: its arrays by name, and the metadata as JSON."
        in [*lines("formats")]
    )
    assert any(line.endswith("  A RealSense that stands before the robot.") for line in lines("cameras"))


def test_without_a_word_all_are_listed() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.cli", "list"], capture_output=True, text=True, check=True
    )
    for topic in LISTED:
        assert f"{topic}: " in shown.stdout


def test_a_package_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = Topic(Register("toy", "ibrl_ros.nowhere", "ibrl_ros.nowhere:Toy"), "toy:=")
    monkeypatch.setitem(list_extensions.LISTED, "toys", nowhere)
    assert "  -  none here: No module named 'ibrl_ros.nowhere'" in [*lines("toys")]
