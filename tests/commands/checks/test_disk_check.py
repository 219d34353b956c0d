from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ibrl_ros.commands.checks import disk
from ibrl_ros.commands.checks.finding import Setup


@pytest.fixture
def small_files_only() -> Iterator[None]:
    """Writes end with an error before an episode is whole, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (disk.EPISODE_BYTES // 2, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_folder_that_takes_episodes(setup: Setup) -> None:
    space, writing = disk.check(setup)
    assert writing.level == "ok" and "ms" in writing.says
    assert "GB free" in space.says
    assert list(setup.run_dir.iterdir()) == []


def test_a_folder_that_does_not_exist_yet_is_judged_by_the_one_above(setup: Setup) -> None:
    findings = disk.check(replace(setup, run_dir=setup.run_dir / "not" / "yet"))
    assert all(str(setup.run_dir) in found.says for found in findings[:1])
    assert list(setup.run_dir.iterdir()) == []


def test_a_disk_without_room(setup: Setup, small_files_only: None) -> None:
    found = disk.writing(setup.run_dir)
    assert found.level == "missing" and str(setup.run_dir) in found.says and found.do
    assert list(setup.run_dir.iterdir()) == []


def test_a_folder_that_cannot_be_written_to() -> None:
    found = disk.writing(Path("/proc"))
    assert found.level == "missing" and "/proc" in found.says


def test_little_room_is_a_warning(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    assert disk.space(setup.run_dir).name == "disk space"
    monkeypatch.setattr(disk, "LOW_BYTES", 10**18)
    assert disk.space(setup.run_dir).level == "warning"
