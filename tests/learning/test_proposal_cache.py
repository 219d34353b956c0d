"""BC's proposals that are kept: what comes back is what was put, or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from full_disk import fill, small_disk
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import learn, make_config, make_run

from ibrl_ros.learning.proposal_cache import ProposalCache
from ibrl_ros.learning.trainer import Trainer


def proposals(number: int) -> np.ndarray:
    return np.random.default_rng(number).normal(size=(number + 1, 2, 7)).astype(np.float32)


def filled(path: Path, count: int) -> ProposalCache:
    cache = ProposalCache(path, "key")
    for number in range(count):
        cache.put(f"episode-{number}", proposals(number))
    return cache


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_a_damaged_file_gives_what_was_put_or_nothing_and_takes_more(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "proposals.cache"
    path.unlink(missing_ok=True)
    filled(path, 4)
    content = bytearray(path.read_bytes()[: data.draw(st.integers(0, path.stat().st_size))])
    for place in data.draw(st.lists(st.integers(0, 10_000), max_size=3)):
        if place < len(content):
            content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    cache = ProposalCache(path, "key")
    cache.put("another", proposals(9))
    for number in range(4):
        found = cache.get(f"episode-{number}")
        assert found is None or np.array_equal(found, proposals(number))
    np.testing.assert_array_equal(cache.get("another"), proposals(9))  # type: ignore[arg-type]


def test_they_come_back_in_another_process_but_not_for_another_key(tmp_path: Path) -> None:
    path = tmp_path / "bc" / "proposals.cache"
    filled(path, 3)
    again = ProposalCache(path, "key")
    for number in range(3):
        np.testing.assert_array_equal(again.get(f"episode-{number}"), proposals(number))  # type: ignore[arg-type]
    assert again.get("episode-3") is None
    assert ProposalCache(path, "another key").get("episode-0") is None
    assert ProposalCache(path, "key").get("episode-0") is None


def test_a_full_disk_keeps_none_and_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with small_disk(tmp_path) as disk:
        cache = filled(disk / "proposals.cache", 2)
        fill(disk)
        for number in range(100, 140):
            cache.put(f"episode-{number}", proposals(number))
        np.testing.assert_array_equal(cache.get("episode-1"), proposals(1))  # type: ignore[arg-type]
        (disk / "filling").unlink()
        again = ProposalCache(disk / "proposals.cache", "key")
        np.testing.assert_array_equal(again.get("episode-1"), proposals(1))  # type: ignore[arg-type]
    assert caplog.text.count("a resumed run computes them again") == 1


@pytest.mark.parametrize("policy", ["regression", "diffusion"])
def test_a_resumed_run_computes_none_again_unless_bc_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    run, config = make_run(tmp_path), make_config(bc={"policy": policy})
    trainer = Trainer(run, config, seed=1)
    learn(trainer)
    trainer.save()
    asked = []
    kind = type(trainer.bc)
    propose = kind.propose
    monkeypatch.setattr(kind, "propose", lambda self, obs: asked.append(1) or propose(self, obs))
    resumed = Trainer(run, config, seed=1)
    assert asked == []
    everything = [one._buffer._proposals.values for one in (trainer, resumed)]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(*everything)
    run.proposals.unlink()
    np.testing.assert_array_equal(Trainer(run, config, seed=1)._buffer._proposals.values, everything[0])  # type: ignore[attr-defined]
    assert len(asked) == 4
    run.bc.unlink()
    other = Trainer(run, config, seed=2)
    assert len(asked) >= 8
    assert not np.array_equal(other._buffer._proposals.values, everything[0])  # type: ignore[attr-defined]
