"""Checkpoints survive a kill at any moment: one that is found is whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from ibrl_ros.learning.checkpoint import checkpoints, load_checkpoint, load_facts, save_checkpoint
from ibrl_ros.learning.weights import pack


def save(folder: Path, step: int, value: float | None = None) -> Path:
    state = {"w": torch.tensor([float(step) if value is None else value])}
    return save_checkpoint(folder, state, acting(step), {"step": step, "env_steps": step})


def acting(step: int) -> bytes:
    return pack({"w": torch.tensor([1.0])}, {"version": step})


def loaded(folder: Path) -> int | None:
    """The step of the checkpoint that is loaded; its three parts must belong together."""
    saved = load_checkpoint(folder)
    if saved is None:
        return None
    state, sent, facts = saved
    assert state["w"].item() == facts["step"]
    assert sent == acting(facts["step"])
    assert load_facts(folder) == facts
    return facts["step"]


def test_the_newest_is_loaded_and_two_are_kept(tmp_path: Path) -> None:
    assert loaded(tmp_path / "nothing") is None
    for step in (10, 20, 30):
        save(tmp_path, step)
        assert loaded(tmp_path) == step
    names = ["000002_step_00000020", "000003_step_00000030"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*names, "last"]
    assert (tmp_path / "last").resolve().name == names[-1]


def test_the_same_step_again_is_the_newer(tmp_path: Path) -> None:
    save(tmp_path, 10, value=-1.0)
    save(tmp_path, 10)
    assert loaded(tmp_path) == 10


def test_the_newest_is_the_last_written_however_few_steps_it_has(tmp_path: Path) -> None:
    for step in (20, 30, 5):
        newest = save(tmp_path, step)
    assert loaded(tmp_path) == 5 and newest.is_dir()
    (tmp_path / "last").unlink()
    assert loaded(tmp_path) == 5
    assert [path.name for path in checkpoints(tmp_path)] == ["000002_step_00000030", "000003_step_00000005"]


def test_those_of_an_older_version_open_and_are_older(tmp_path: Path) -> None:
    for step in (10, 20):
        save(tmp_path, step)
    for path, name in zip(checkpoints(tmp_path), ("step_00000900", "step_00001000"), strict=True):
        path.rename(tmp_path / name)
    (tmp_path / "last").unlink()
    assert loaded(tmp_path) == 20
    save(tmp_path, 30)
    assert loaded(tmp_path) == 30
    assert [path.name for path in checkpoints(tmp_path)] == ["step_00001000", "000001_step_00000030"]


def test_a_number_is_never_used_twice(tmp_path: Path) -> None:
    for _ in range(3):
        spoil(save(tmp_path, 10) / "learner.safetensors", "truncated")
        assert loaded(tmp_path) is None
    assert len(list(tmp_path.glob("*.corrupt"))) == 3


@pytest.mark.parametrize("part", ["learner", "acting"])
def test_a_flipped_bit_is_noticed_and_the_one_before_is_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    for step in (10, 20):
        path = save(tmp_path, step) / f"{part}.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x40  # a weight of another size, and a number as any other
    path.write_bytes(content)
    assert loaded(tmp_path) == 10
    assert f"{part}.safetensors" in caplog.text and "checksum" in caplog.text


def test_one_that_lacks_what_is_needed_is_set_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_checkpoint(tmp_path, {}, acting(10), {"step": 10, "rng": {}})
    save(tmp_path, 20)
    saved = load_checkpoint(tmp_path, needed=("rng",))
    assert saved is not None and saved[2]["step"] == 10
    assert "its facts lack rng" in caplog.text


@pytest.mark.parametrize("part", ["learner", "acting"])
@pytest.mark.parametrize("damage", ["truncated", "emptied", "missing"])
def test_instead_of_a_damaged_one_the_one_before_is_loaded(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, part: str, damage: str
) -> None:
    for step in (10, 20):
        save(tmp_path, step)
    spoil(tmp_path / "000002_step_00000020" / f"{part}.safetensors", damage)
    assert loaded(tmp_path) == 10
    if (part, damage) != ("learner", "missing"):  # which is no checkpoint
        assert "000002_step_00000020.corrupt" in caplog.text and f"{part}.safetensors" in caplog.text
        assert (tmp_path / "000002_step_00000020.corrupt").is_dir()
    save(tmp_path, 20)
    assert loaded(tmp_path) == 20


def test_if_all_are_damaged_there_is_none(tmp_path: Path) -> None:
    for step in (10, 20):
        spoil(save(tmp_path, step) / "learner.safetensors", "truncated")
    assert load_facts(tmp_path) is None
    assert loaded(tmp_path) is None


def spoil(path: Path, damage: str) -> None:
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] if damage == "truncated" else b"")


class Killed(BaseException):
    """The process ends here."""


CALLS = [(os, name) for name in ("fsync", "unlink", "rmdir")]
CALLS += [(Path, name) for name in ("rename", "replace", "symlink_to")]


@pytest.mark.parametrize("newest", [20, 30], ids=["a new step", "the same step again"])
def test_a_kill_between_any_two_steps_leaves_a_whole_one(tmp_path: Path, newest: int) -> None:
    """Each call that reaches the disk is, in turn, the one before which the process is killed."""
    moment, survived = 0, False
    while not survived:
        folder = tmp_path / str(moment)
        save(folder, 10)
        save(folder, newest)
        with pytest.MonkeyPatch.context() as patch:
            count_down(patch, moment)
            try:
                save(folder, 30)
                survived = True
            except Killed:
                pass
        assert loaded(folder) in ((30,) if survived else (10, newest, 30))
        save(folder, 40)
        assert loaded(folder) == 40
        assert not list(folder.glob("*.tmp"))
        moment += 1
    assert moment > 8


def count_down(patch: pytest.MonkeyPatch, calls: int) -> None:
    left = [calls]

    def counted(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return original(*args, **kwargs)

        return call

    for owner, name in CALLS:
        patch.setattr(owner, name, counted(getattr(owner, name)))
