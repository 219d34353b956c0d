"""The learner goes on when its machine refuses to write, and says so."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from diagnostic_msgs.msg import DiagnosticStatus
from full_disk import fill, small_disk
from spun_nodes import Nodes
from std_msgs.msg import String, UInt8MultiArray

from ibrl_ros.config import load_agent
from ibrl_ros.data.codec import encode
from ibrl_ros.data.episode import Episode, Kind
from ibrl_ros.learning.checkpoint import load_facts
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.synthetic import random_episode
from ibrl_ros.nodes import learner_node
from ibrl_ros.nodes.learner_node import LearnerNode
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_message
from ibrl_ros.ros.qos import LATCHED, QUEUE
from ibrl_ros.ros.runner import UserError
from ibrl_ros.ros.status import WARN, status_values
from ibrl_ros.ros.statuses import LearnerStatus, PolicyState, PolicyStatus, status_teller

LENGTH, EPISODES = 20, 4
TINY: dict[str, Any] = {"hidden_dim": 16, "layers": 1}
AGENT = {
    "observation": "state", "cameras": [], "prop_stack": 1, "critic": TINY, "actor": TINY,
    "bc": {**TINY, "steps": 3}, "batch_size": 8, "updates_per_step": 3, "warmup_episodes": 0,
}  # fmt: skip


class Learner(LearnerNode):
    """The node, with parameters of a short run, in a thread."""

    def __init__(self, run: Run, agent: Path, part: str = "all", robots: str = "") -> None:
        self._values = {
            "run_dir": str(run.folder), "agent": str(agent), "max_steps": EPISODES * LENGTH, "part": part,
            "robots": robots,
        }  # fmt: skip
        super().__init__()
        self.thread = threading.Thread(target=self.loop)

    def setting(self, name: str, default: Any = None) -> Any:
        return self._values[name] if name in self._values else super().setting(name, default)


class Policy:
    """Sends episodes, and hears what the learner says."""

    def __init__(self, nodes: Nodes, robot: str = "") -> None:
        node = nodes.make(f"policy{robot}")
        self.acknowledged: list[str] = []
        self.heard = [DiagnosticStatus()]
        self.weights: list[UInt8MultiArray] = []
        topic = partial(names.of_robot, robot)
        self.tell = status_teller(node, PolicyStatus, robot)
        self._experience = node.create_publisher(UInt8MultiArray, topic(names.EXPERIENCE), QUEUE)
        node.create_subscription(String, topic(names.EXPERIENCE_ACK), self._on_ack, QUEUE)
        node.create_subscription(DiagnosticStatus, topic(names.LEARNER_STATUS), self.heard.append, LATCHED)
        node.create_subscription(UInt8MultiArray, topic(names.POLICY_WEIGHTS), self.weights.append, LATCHED)

    def _on_ack(self, message: String) -> None:
        self.acknowledged.append(message.data)

    def send(self, episode: Episode) -> None:
        self._experience.publish(bytes_message(encode(episode)))

    def hears(self, state: str, text: str = "", level: bytes | None = None) -> Callable[[], bool]:
        """Whether the learner has said this."""
        return lambda: any(
            status_values(one).get("state") == state and text in one.message and level in (None, one.level)
            for one in self.heard
        )


def make_episode(config: Any, kind: Kind, index: int) -> Episode:
    episode = random_episode(config, index, LENGTH)
    changes = {"kind": kind, "id": f"{kind}-{index}"}
    return dataclasses.replace(episode, metadata=episode.metadata.model_copy(update=changes))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("SAVE_EVERY_S", "REPORT_EVERY_S", "RETRY_S"):
        monkeypatch.setattr(learner_node, name, 0.1)
    monkeypatch.setattr("ibrl_ros.nodes.pace.learning.POLITENESS", 0)
    yield


@pytest.fixture
def on_a_small_disk(quick: None, nodes: Nodes, tmp_path: Path) -> Iterator[tuple[Path, Learner, Policy, Any]]:
    """The disk, a learner whose run is on it and that isn't started yet, a policy, and the agent."""
    agent = tmp_path / "agent.yaml"
    agent.write_text(yaml.safe_dump(AGENT))
    config = load_agent(str(agent))
    with small_disk(tmp_path, size_kb=1024) as disk:
        run, policy = Run(disk / "run"), Policy(nodes)
        run.demos.save(make_episode(config, "demo", 0))
        learner = nodes.make("learner", lambda _: Learner(run, agent))
        yield disk, learner, policy, config
        learner.stop.set()
        learner.thread.join()


def test_a_full_disk_ends_nothing_and_loses_nothing(
    nodes: Nodes, on_a_small_disk: tuple[Path, Learner, Policy, Any]
) -> None:
    disk, learner, policy, config = on_a_small_disk
    run = Run(disk / "run")
    learner.thread.start()
    nodes.spin_until(policy.hears("learning", "ready"))
    policy.send(make_episode(config, "train", 0))
    nodes.spin_until(lambda: policy.acknowledged == ["train-0"])
    nodes.spin_until(lambda: learner._trainer.updates > 0)
    fill(disk)
    nodes.spin_until(policy.hears("learning", f"{run.checkpoints}", WARN))
    policy.send(make_episode(config, "train", 1))
    nodes.spin_until(policy.hears("learning", "episode 1 can't be stored", WARN))
    assert policy.acknowledged == ["train-0"]
    (disk / "filling").unlink()
    for index in (1, 2, 3):
        policy.send(make_episode(config, "train", index))
    nodes.spin_until(policy.hears("finished"))
    assert policy.acknowledged == [f"train-{index}" for index in range(EPISODES)]
    facts = load_facts(run.checkpoints)
    assert facts is not None and facts["env_steps"] == EPISODES * LENGTH
    assert not list(disk.rglob("*.tmp"))


def test_a_disk_that_is_full_at_the_start_is_waited_for(
    nodes: Nodes, on_a_small_disk: tuple[Path, Learner, Policy, Any]
) -> None:
    disk, learner, policy, _ = on_a_small_disk
    fill(disk)
    learner.thread.start()
    nodes.spin_until(policy.hears("preparing", "It is tried again"))
    (disk / "filling").unlink()
    nodes.spin_until(policy.hears("learning", "ready"))
    assert not policy.hears("failed")()


def test_a_second_learner_on_the_same_run_is_refused(
    nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibrl_ros.learning.run.PATIENCE_S", 0.0)
    agent, run = tmp_path / "agent.yaml", Run(tmp_path / "run")
    agent.write_text(yaml.safe_dump(AGENT))
    run.demos.save(make_episode(load_agent(str(agent)), "demo", 0))
    nodes.make("learner", lambda _: Learner(run, agent))
    with pytest.raises(UserError, match=rf"{run.folder} is in use: learner_node \(process \d+ on .* since "):
        Learner(run, agent)


@pytest.mark.usefixtures("quick")
def test_a_learner_apart_from_the_policy_waits_for_all_demonstrations_and_keeps_them(
    nodes: Nodes, tmp_path: Path
) -> None:
    agent, run, policy = tmp_path / "agent.yaml", Run(tmp_path / "not_here_yet"), Policy(nodes)
    agent.write_text(yaml.safe_dump(AGENT))
    config = load_agent(str(agent))
    learner = nodes.make("learner", lambda _: Learner(run, agent, part="learner"))
    learner.thread.start()
    try:
        nodes.spin_until(policy.hears("preparing", "policy_node hasn't said how many it has"))
        policy.tell(PolicyStatus(state=PolicyState.WAITING, demos=0))
        nodes.spin_until(policy.hears("preparing", "policy_node has none in its run yet"))
        policy.tell(PolicyStatus(state=PolicyState.WAITING, demos=2))
        for index in (0, 1):
            nodes.spin_until(policy.hears("preparing", f"{index} of 2 have arrived"))
            policy.send(make_episode(config, "demo", index))
        nodes.spin_until(policy.hears("learning", "ready"))
        assert run.demos.ids() == policy.acknowledged == ["demo-0", "demo-1"]
        assert len(run.replay) == 0 and learner._trainer.next_index == 0
        policy.send(make_episode(config, "train", 0))
        nodes.spin_until(lambda: learner._trainer.updates > 0)
        assert run.replay.ids() == ["train-0"]
    finally:
        learner.stop.set()
        learner.thread.join()


@pytest.mark.usefixtures("quick")
def test_a_learner_beside_the_policy_takes_no_demonstrations(nodes: Nodes, tmp_path: Path) -> None:
    agent, run, policy = tmp_path / "agent.yaml", Run(tmp_path / "run"), Policy(nodes)
    agent.write_text(yaml.safe_dump(AGENT))
    config = load_agent(str(agent))
    run.demos.save(make_episode(config, "demo", 0))
    learner = nodes.make("learner", lambda _: Learner(run, agent))
    learner.thread.start()
    try:
        nodes.spin_until(policy.hears("learning", "ready"))
        policy.send(make_episode(config, "demo", 1))
        policy.send(make_episode(config, "train", 0))
        nodes.spin_until(lambda: policy.acknowledged == ["train-0"])
        assert run.demos.ids() == ["demo-0"]
    finally:
        learner.stop.set()
        learner.thread.join()


@pytest.mark.usefixtures("quick")
def test_an_episode_of_another_robot_is_refused_and_each_robot_hears_of_its_own(
    nodes: Nodes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """In real time: one robot has demonstrations to send, the other has none and trains alone."""
    agent, run = tmp_path / "agent.yaml", Run(tmp_path / "run")
    agent.write_text(yaml.safe_dump(AGENT))
    config = load_agent(str(agent))
    left, right = Policy(nodes, "left"), Policy(nodes, "right")
    left.tell(PolicyStatus(state=PolicyState.WAITING, demos=1))
    learner = nodes.make("learner", lambda _: Learner(run, agent, part="learner", robots="right,left"))
    learner.thread.start()

    def of(robot: str, index: int) -> Episode:
        episode = make_episode(config, "train", index)
        changes = {"robot": robot, "id": f"{robot}-{index}"}
        return dataclasses.replace(episode, metadata=episode.metadata.model_copy(update=changes))

    try:
        nodes.spin_until(left.hears("preparing", "0 of 1 of left have arrived; right hasn't said"))
        right.tell(PolicyStatus(state=PolicyState.WAITING, demos=0))
        left.send(make_episode(config, "demo", 0))
        nodes.spin_until(lambda: left.hears("learning", "ready")() and right.hears("learning", "ready")())
        right.send(of("left", 0))
        right.send(of("right", 0))
        right.send(of("right", 1))
        nodes.spin_until(lambda: right.acknowledged == ["right-0", "right-1"])
        assert left.acknowledged == ["demo-0"] and run.replay.ids() == ["right-0", "right-1"]
        assert "episode left-0 is of left, and arrived from right: refused" in capfd.readouterr().err
        nodes.spin_until(lambda: len(right.weights) > 1 and len(left.weights) > 1)

        def told(policy: Policy) -> LearnerStatus:
            return LearnerStatus.from_message(policy.heard[-1])

        nodes.spin_until(lambda: told(left).env_steps == told(right).env_steps == 2 * LENGTH)
        assert [(told(one).robot, told(one).stored) for one in (left, right)] == [("left", 0), ("right", 2)]
        shares = told(left).robots or ()
        assert [(one.name, one.episodes, one.env_steps) for one in shares] == [
            ("left", 0, 0), ("right", 2, 2 * LENGTH),
        ]  # fmt: skip
    finally:
        learner.stop.set()
        learner.thread.join()
