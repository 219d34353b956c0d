"""Episodes are sent until they are acknowledged, whoever comes late, dies or says nonsense."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rclpy.node import Node
from spun_nodes import Nodes
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.data.codec import decode
from ibrl_ros.data.episode import Episode, EpisodeMetadata
from ibrl_ros.data.store import EpisodeStore
from ibrl_ros.ros import names, outbox
from ibrl_ros.ros.convert import bytes_value
from ibrl_ros.ros.outbox import Outbox
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
        self.acknowledges = False
        self._acks = node.create_publisher(String, names.EXPERIENCE_ACK, QUEUE)
        node.create_subscription(UInt8MultiArray, names.EXPERIENCE, self._on_episode, QUEUE)

    def _on_episode(self, message: UInt8MultiArray) -> None:
        episode_id = decode(bytes(bytes_value(message))).metadata.id
        self.heard.append(episode_id)
        if self.acknowledges:
            self.acknowledge(episode_id)

    def acknowledge(self, episode_id: str) -> None:
        self._acks.publish(String(data=episode_id))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "RESEND_S", 0.2)


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
    nodes.spin_until(lambda: len(set(learner.heard)) == 2)
    for answer in ("", "1", "*", "nobody", "id1"):
        learner.acknowledge(answer)
    nodes.spin_until(lambda: len(spool) == 1)
    assert EpisodeStore(tmp_path).ids() == ["id11"]
