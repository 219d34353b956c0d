"""The training session acts with weights that were learned; in lockstep with just those of its episode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rclpy.node import Node
from spun_nodes import Nodes
from std_msgs.msg import UInt8MultiArray

from ibrl_ros.control.step.choosers import PolicyChooser
from ibrl_ros.data.codec import decode
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.synthetic import random_episode
from ibrl_ros.learning.weights import pack
from ibrl_ros.nodes.pace import partners
from ibrl_ros.nodes.pace.weights import Lockstep, RealTime
from ibrl_ros.nodes.sessions.train import TrainSession
from ibrl_ros.rl import IbrlConfig, ObservationSpec
from ibrl_ros.rl.agent import build_agent
from ibrl_ros.rl.networks.config import ActorConfig
from ibrl_ros.rl.proposals.build import build_bc
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import bytes_message, bytes_value
from ibrl_ros.ros.qos import LATCHED, QUEUE
from ibrl_ros.ros.statuses import LearnerState, LearnerStatus, status_teller

TINY: dict[str, Any] = {"hidden_dim": 16, "layers": 1}
CONFIG = IbrlConfig.model_validate(
    {
        "observation": "state",
        "prop_stack": 1,
        "critic": TINY,
        "actor": TINY,
        "bc": TINY,
        "act_method": "rl",
        "warmup_episodes": 0,
        "exploration_std": 0.0,
    }
)
SPEC = ObservationSpec({}, 8, 5)
FACTS = {"spec": {"images": {}, "prop_dim": 8, "state_dim": 5}}
ARRAYS = {"prop": np.full(8, 0.5, np.float32), "state": np.full(5, 0.5, np.float32)}


class Learner:
    """Says what a learner would, with weights that are as good as their version's seed."""

    def __init__(self, node: Node) -> None:
        self._tell = status_teller(node, LearnerStatus)
        self._weights = node.create_publisher(UInt8MultiArray, names.POLICY_WEIGHTS, LATCHED)
        self._proposals = node.create_publisher(UInt8MultiArray, names.PROPOSAL_WEIGHTS, LATCHED)

    def begin(self, stored: int) -> None:
        bc = build_bc(CONFIG, SPEC, 7, 0)
        self._proposals.publish(bytes_message(pack(bc.state_dict(), FACTS)))
        self.say(LearnerState.LEARNING, stored=stored, stored_steps=10 * stored)

    def say(self, state: LearnerState, **values: int) -> None:
        self._tell(LearnerStatus(state=state, max_steps=1000, says="at work", **values))

    def send(self, version: int, config: IbrlConfig = CONFIG, incarnation: str = "first") -> None:
        state = build_agent(config, SPEC, 7, seed=version).acting_state()
        self._weights.publish(
            bytes_message(pack(state, {**FACTS, "version": version, "incarnation": incarnation}))
        )


@pytest.fixture
def learner(nodes: Nodes) -> Learner:
    return Learner(nodes.make("learner"))


def make_session(nodes: Nodes, folder: Path, *, lockstep: bool) -> TrainSession:
    return TrainSession(
        nodes.make("policy"), Run(folder), CONFIG,
        max_steps=1000, pace=Lockstep() if lockstep else RealTime(), config_hash="", changed=lambda: None,
    )  # fmt: skip


def action_of(version: int) -> np.ndarray:
    agent = build_agent(CONFIG, SPEC, 7, seed=100)
    agent.load_acting_state(build_agent(CONFIG, SPEC, 7, seed=version).acting_state())
    chooser = PolicyChooser(CONFIG, build_bc(CONFIG, SPEC, 7, 0).eval(), agent)
    chooser.begin(0)
    return chooser.choose(ARRAYS).action


def acted(session: TrainSession) -> np.ndarray:
    session.begin(seed=0)
    return session.choose(ARRAYS, None).action


@pytest.mark.parametrize("lockstep", [True, False])
def test_it_waits_for_the_learner_and_says_so(
    nodes: Nodes, learner: Learner, tmp_path: Path, lockstep: bool
) -> None:
    session = make_session(nodes, tmp_path, lockstep=lockstep)
    assert session.waiting_for() == "waiting for the learner: no word from it yet"
    assert session.next_index is None
    learner.begin(stored=4)
    nodes.spin_until(lambda: session.waiting_for() == "waiting for the learner: at work")
    learner.send(version=3)
    nodes.spin_until(lambda: session.waiting_for() is None)
    assert session.next_index == 4
    np.testing.assert_array_equal(acted(session), action_of(3))


def test_a_learner_that_falls_silent_is_named_and_the_robot_goes_on(
    nodes: Nodes,
    learner: Learner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(partners, "LEARNER_SILENT_S", 0.2)
    session, said = make_session(nodes, tmp_path, lockstep=False), [""]
    learner.begin(stored=4)
    learner.send(version=5)
    nodes.spin_until(lambda: session.waiting_for() is None)
    session.begin(seed=0)

    def named(text: str) -> bool:
        session.choose(ARRAYS, None)
        said.append(capfd.readouterr().err)
        return text in "".join(said)

    nodes.spin_until(lambda: named("learner_node has been silent"))
    assert session.waiting_for() is None
    learner.say(LearnerState.LEARNING, stored=4, stored_steps=40)
    nodes.spin_until(lambda: named("learner_node is heard again"))


def test_in_lockstep_it_waits_for_the_weights_of_its_episode(
    nodes: Nodes, learner: Learner, tmp_path: Path
) -> None:
    session = make_session(nodes, tmp_path, lockstep=True)
    learner.begin(stored=4)
    learner.send(version=2)
    nodes.spin_until(lambda: "weights of episode" in (session.waiting_for() or ""))
    learner.send(version=3)
    nodes.spin_until(lambda: session.waiting_for() is None)
    np.testing.assert_array_equal(acted(session), action_of(3))


def test_a_learner_that_begins_anew_changes_nothing_until_the_next_episode(
    nodes: Nodes, learner: Learner, tmp_path: Path
) -> None:
    session = make_session(nodes, tmp_path, lockstep=False)
    learner.begin(stored=4)
    learner.send(version=5)
    nodes.spin_until(lambda: session.waiting_for() is None)
    assert (acted(session) == action_of(5)).all()
    learner.begin(stored=4)
    nodes.spin_until(lambda: session._offered is not None)
    np.testing.assert_array_equal(session.choose(ARRAYS, None).action, action_of(5))
    np.testing.assert_array_equal(acted(session), action_of(5))
    learner.send(version=6)
    nodes.spin_until(lambda: (session.choose(ARRAYS, None).action == action_of(6)).all())


def test_weights_that_do_not_fit_change_nothing_and_are_told(
    nodes: Nodes, learner: Learner, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    session = make_session(nodes, tmp_path, lockstep=False)
    learner.begin(stored=4)
    learner.send(version=5)
    nodes.spin_until(lambda: session.waiting_for() is None)
    learner.send(version=6, config=CONFIG.model_copy(update={"actor": ActorConfig(hidden_dim=24, layers=1)}))
    said = "actor.net.0.weight is (24, 5) in the checkpoint, (16, 5) in this agent"
    logged: list[str] = []
    nodes.spin_until(lambda: logged.append(capfd.readouterr().err) or said in "".join(logged))
    np.testing.assert_array_equal(acted(session), action_of(5))


def test_it_is_over_when_the_learner_says_so(nodes: Nodes, learner: Learner, tmp_path: Path) -> None:
    session = make_session(nodes, tmp_path, lockstep=False)
    learner.begin(stored=4)
    nodes.spin_until(lambda: session.next_index == 4)
    assert not session.over()
    learner.say(LearnerState.FAILED)
    nodes.spin_until(lambda: "at work" in session._learner_says)
    assert not session.over() and session.next_index == 4, "the robot acts on"
    learner.say(LearnerState.FINISHED)
    nodes.spin_until(session.over)


@pytest.mark.parametrize("lockstep", [True, False])
def test_the_weights_of_a_run_that_began_anew_are_taken_though_their_version_is_lower(
    nodes: Nodes, learner: Learner, tmp_path: Path, lockstep: bool
) -> None:
    session = make_session(nodes, tmp_path, lockstep=lockstep)
    learner.begin(stored=1)
    learner.send(version=50)
    nodes.spin_until(lambda: session.waiting_for() is None)
    assert (acted(session) == action_of(50)).all()
    learner.send(version=2, incarnation="second")
    nodes.spin_until(lambda: (acted(session) == action_of(2)).all())
    learner.send(version=3, incarnation="second")
    if not lockstep:
        nodes.spin_until(lambda: (acted(session) == action_of(3)).all())


def test_demonstrations_are_sent_to_a_learner_on_another_machine_only(nodes: Nodes, tmp_path: Path) -> None:
    run = Run(tmp_path)
    demo = random_episode(CONFIG, 0, 5)
    run.demos.save(demo)
    heard: list[str] = []
    nodes.make("learner").create_subscription(
        UInt8MultiArray,
        names.EXPERIENCE,
        lambda message: heard.append(decode(bytes(bytes_value(message))).metadata.id),
        QUEUE,
    )
    assert make_session(nodes, tmp_path, lockstep=False).demos is None
    session = TrainSession(
        nodes.make("apart"), run, CONFIG, max_steps=1000, pace=RealTime(), config_hash="",
        changed=lambda: None, sends_demos=True,
    )  # fmt: skip
    assert session.demos == 1
    nodes.spin_until(lambda: heard == [demo.metadata.id])
    session.close()
    assert run.demos.ids() == [demo.metadata.id] and len(run.spool) == 0
