"""No episode is lost for a disk that is full: it waits in memory, and is stored once there is room."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from full_disk import fill, small_disk
from spun_nodes import Nodes

from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.synthetic import STATE_DIM, random_episode
from ibrl_ros.learning.weights import pack, write
from ibrl_ros.nodes.pace.weights import RealTime
from ibrl_ros.nodes.sessions import Session
from ibrl_ros.nodes.sessions.collect import CollectSession
from ibrl_ros.nodes.sessions.evaluate import EvaluateSession
from ibrl_ros.nodes.sessions.safekeeping import RETRY_S, Safekeeping
from ibrl_ros.nodes.sessions.train import TrainSession
from ibrl_ros.rl import IbrlConfig, ObservationSpec
from ibrl_ros.rl.proposals.build import build_bc

TINY: dict[str, Any] = {"hidden_dim": 16, "layers": 1}
CONFIG = IbrlConfig.model_validate(
    {"observation": "state", "prop_stack": 1, "critic": TINY, "actor": TINY, "bc": TINY}
)
STATE_AGENTS_BC = {
    "spec": {"images": {}, "prop_dim": 8, "state_dim": STATE_DIM},
    "origin": "imported",
}


def episode(kind: Kind, index: int) -> Episode:
    made = random_episode(CONFIG, index, length=20)
    return dataclasses.replace(made, metadata=made.metadata.model_copy(update={"kind": kind}))


def collecting(run: Run, nodes: Nodes) -> tuple[Session, EpisodeStore]:
    return CollectSession(run, num_demos=2, config_hash=""), run.demos


def evaluating(run: Run, nodes: Nodes) -> tuple[Session, EpisodeStore]:
    bc = build_bc(CONFIG, ObservationSpec({}, 8, STATE_DIM), 7, 0)
    write(run.bc, pack(bc.state_dict(), STATE_AGENTS_BC))
    return EvaluateSession(run, CONFIG, "bc", 2, 1, ""), run.evaluation("bc")


def training(run: Run, nodes: Nodes) -> tuple[Session, EpisodeStore]:
    session = TrainSession(
        nodes.make("policy"), run, CONFIG,
        max_steps=40, pace=RealTime(), config_hash="", changed=lambda: None,
    )  # fmt: skip
    session._share.index = 0  # as the learner would say
    return session, run.spool


@pytest.mark.parametrize("begin", [collecting, evaluating, training])
def test_an_episode_waits_for_room_and_is_stored_by_itself(
    begin: Callable[[Run, Nodes], tuple[Session, EpisodeStore]],
    nodes: Nodes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with small_disk(tmp_path) as disk:
        session, store = begin(Run(disk / "run"), nodes)
        monkeypatch.setattr("ibrl_ros.nodes.sessions.safekeeping.RETRY_S", 0.0)
        session.deliver(episode(session.kind, 0))
        fill(disk)
        line = session.deliver(episode(session.kind, 1))
        assert "waiting for room on disk" in line and str(store.folder) in line
        waits = session.waiting_for()
        assert waits is not None and "MB needed, 0.0 MB free" in waits
        assert (len(store), session.finished()) == (1, False)
        assert not list(store.folder.glob("*.tmp"))
        (disk / "filling").unlink()
        assert "room on disk" not in (session.waiting_for() or "")
        assert [one.metadata.index for one in store.iterate()] == [0, 1]
        assert session.finished()


def test_they_are_stored_in_their_order_and_not_tried_all_the_time(tmp_path: Path) -> None:
    now, stored, tries = [0.0], [], []

    def store(one: Episode) -> None:
        tries.append(one)
        if len(tries) < 4:
            raise OSError(5, "Input/output error")
        stored.append(one.metadata.index)

    keeping = Safekeeping(store, EpisodeStore(tmp_path), lambda _: False, now_s=lambda: now[0])
    assert "waiting for the disk: " in keeping.keep(episode("demo", 0))
    keeping.keep(episode("demo", 1))
    for _ in range(10):
        assert keeping.waiting_for() is not None
    assert (len(tries), len(keeping)) == (2, 2)
    for now[0] in (RETRY_S, 2 * RETRY_S):
        keeping.waiting_for()
    assert keeping.waiting_for() is None
    assert stored == [0, 1]
