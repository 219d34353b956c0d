"""Episodes are sent until they are acknowledged, whoever comes late, dies or says nonsense."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
from full_disk import small_disk
from rclpy.node import Node
from spun_nodes import Nodes
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.data.codec import decode
from ibrl_ros.data.episode import Episode, EpisodeMetadata
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.ros import names, turns
from ibrl_ros.ros.convert import bytes_value
from ibrl_ros.ros.outbox import KeptEpisodes, Outbox
from ibrl_ros.ros.qos import QUEUE


def make_episode(index: int, length: int = 3) -> Episode:
    return Episode(
        observations={"prop": np.full((length, 8), index, np.float32)},
        actions=np.zeros((length, 7), np.float32),
        rewards=np.zeros(length, np.float32),
        sources=np.zeros(length, np.int8),
        interventions=np.zeros(length, np.bool_),
        stamps=np.zeros(length),
        terminated=True,
        truncated=False,
        metadata=EpisodeMetadata(
            run="test", id=f"id{index}", index=index, task="lift", seed=0, config_hash="", kind="train",
            outcome="failure", created_at="2026-11-20T12:00:00+00:00",
        ),
    )  # fmt: skip


class Learner:
    """Hears episodes; acknowledges them when told to."""

    def __init__(self, node: Node) -> None:
        self.heard: list[str] = []
        self.contents: list[bytes] = []
        self.acknowledges = False
        self._acks = node.create_publisher(String, names.EXPERIENCE_ACK, QUEUE)
        self._said: list[String] = []
        node.create_subscription(String, names.EXPERIENCE_ACK, self._said.append, QUEUE)
        node.create_subscription(UInt8MultiArray, names.EXPERIENCE, self._on_episode, QUEUE)

    def _on_episode(self, message: UInt8MultiArray) -> None:
        self.contents.append(bytes(bytes_value(message)))
        episode_id = decode(self.contents[-1]).metadata.id
        self.heard.append(episode_id)
        if self.acknowledges:
            self.acknowledge(episode_id)

    def acks_heard(self) -> int:
        """How many acknowledgements have arrived."""
        return len(self._said)

    def acknowledge(self, episode_id: str) -> None:
        self._acks.publish(String(data=episode_id))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "RESEND_S", 0.2)


def test_it_sends_until_it_is_acknowledged(nodes: Nodes, tmp_path: Path) -> None:
    spool = EpisodeStore(tmp_path)
    box = Outbox(nodes.make("policy"), spool)
    box.send(make_episode(0))  # nobody hears it yet
    learner = Learner(nodes.make("learner"))
    nodes.spin_until(lambda: learner.heard.count("id0") >= 2)
    assert (len(spool), box.next_index()) == (1, 1)
    learner.acknowledges = True
    nodes.spin_until(lambda: len(spool) == 0)
    assert not EpisodeStore(tmp_path).paths()


def test_a_new_process_sends_what_the_old_one_left(nodes: Nodes, tmp_path: Path) -> None:
    old = nodes.make("policy")
    spool = EpisodeStore(tmp_path)
    box = Outbox(old, spool)
    for index in (3, 4):
        box.send(make_episode(index))
    box.close()
    nodes.remove(old)
    learner = Learner(nodes.make("learner"))
    learner.acknowledges = True
    spool = EpisodeStore(tmp_path)
    box = Outbox(nodes.make("policy_again"), spool)
    assert (len(spool), box.next_index()) == (2, 5)
    assert (box.steps_from(0), box.steps_from(4), box.steps_from(5)) == (6, 3, 0)
    nodes.spin_until(lambda: len(spool) == 0)
    assert sorted(set(learner.heard)) == ["id3", "id4"]
    assert box.next_index() == 5, "the learner's word may be older than its acknowledgements"
    assert (box.steps_from(4), box.steps_from(5)) == (3, 0)


def test_only_the_episode_that_is_named_is_forgotten(nodes: Nodes, tmp_path: Path) -> None:
    learner = Learner(nodes.make("learner"))
    spool = EpisodeStore(tmp_path)
    box = Outbox(nodes.make("policy"), spool)
    for index in (1, 11):
        box.send(make_episode(index))
    nodes.spin_until(lambda: len(set(learner.heard)) == 2)  # the first makes room for the second
    for answer in ("", "1", "*", "nobody", "id1"):
        learner.acknowledge(answer)
    nodes.spin_until(lambda: len(spool) == 1)
    assert EpisodeStore(tmp_path).ids() == ["id11"]


def test_the_bytes_of_the_files_go_out_one_at_a_time_off_the_nodes_thread(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is decoded or encoded, and the next one follows when the last is stored."""
    spool = EpisodeStore(tmp_path)
    files = [spool.save(make_episode(index)).read_bytes() for index in range(25)]  # more than the queue holds
    for forbidden in ("decode", "encode"):
        monkeypatch.setattr(f"ibrl_ros.data.store.{forbidden}", pytest.fail)
    reads: list[int] = []
    content = spool.content
    monkeypatch.setattr(spool, "content", lambda one: reads.append(threading.get_ident()) or content(one))
    learner = Learner(nodes.make("learner"))
    box = Outbox(nodes.make("policy"), spool)
    nodes.spin_until(lambda: len(learner.heard) > 0)
    assert set(learner.heard) == {"id0"}
    learner.acknowledges = True
    nodes.spin_until(lambda: len(spool) == 0)
    assert set(files) == set(learner.contents)
    in_order = list(dict.fromkeys(learner.heard))
    assert in_order == sorted(in_order, key=lambda one: int(one[2:]))
    assert reads and threading.get_ident() not in reads
    box.close()


def test_while_nobody_listens_nothing_is_read(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A learner that is away costs nothing, however much is in the spool."""
    spool = EpisodeStore(tmp_path)
    for index in range(5):
        spool.save(make_episode(index))
    monkeypatch.setattr(spool, "content", pytest.fail)
    box = Outbox(nodes.make("policy"), spool)
    for _ in range(20):
        assert box._choose()[0] is None
    assert box._thread.is_alive() and (len(spool), box.steps_from(0)) == (5, 15)
    box.close()


def test_a_damaged_file_is_set_aside_and_the_others_are_sent(nodes: Nodes, tmp_path: Path) -> None:
    spool = EpisodeStore(tmp_path)
    paths = [spool.save(make_episode(index)) for index in range(3)]
    damaged = bytearray(paths[1].read_bytes())
    damaged[-1] ^= 1
    paths[1].write_bytes(damaged)
    learner = Learner(nodes.make("learner"))
    learner.acknowledges = True
    box = Outbox(nodes.make("policy"), spool)
    nodes.spin_until(lambda: len(spool) == 0)
    assert set(learner.heard) == {"id0", "id2"}
    assert paths[1].with_name(paths[1].name + ".corrupt").is_file()
    box.close()


def test_kept_episodes_stay_and_are_sent_once_a_process(nodes: Nodes, tmp_path: Path) -> None:
    demos = EpisodeStore(tmp_path)
    for index in range(3):
        demos.save(make_episode(index))
    learner = Learner(nodes.make("learner"))
    learner.acknowledges = True
    kept = KeptEpisodes(tmp_path)
    outbox = Outbox(nodes.make("policy"), kept)
    nodes.spin_until(lambda: not kept.ids())
    outbox.close()
    assert learner.heard == demos.ids() == ["id0", "id1", "id2"]
    assert KeptEpisodes(tmp_path).ids() == demos.ids(), "a new process asks the learner anew"


def test_an_acknowledged_episode_on_a_read_only_disk_stays_until_it_can_be_removed(
    nodes: Nodes, tmp_path: Path
) -> None:
    with small_disk(tmp_path) as disk:
        spool, learner = EpisodeStore(disk / "spool"), Learner(nodes.make("learner"))
        outbox = Outbox(nodes.make("policy"), spool)
        outbox.send(make_episode(0))
        nodes.spin_until(lambda: learner.heard == ["id0"])
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        learner.acknowledge("id0")
        nodes.spin_until(lambda: learner.acks_heard() > 0)
        assert spool.ids() == ["id0"]
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        learner.acknowledge("id0")
        nodes.spin_until(lambda: spool.ids() == [])
        outbox.close()
