"""Who drives a step and where to, by what is heard on teleop/command and action/executed."""

from __future__ import annotations

import numpy as np
import pytest
from sensor_msgs.msg import JointState
from spun_nodes import Nodes

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.action import Execution
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.carry_out import Cut, carry_out
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.control.step.takeover import Hand, Takeover
from ibrl_ros.control.step.teleop_command import TeleopCommand
from ibrl_ros.nodes.person_commands import FRESH_S, PersonCommands, PersonDrives, Turn
from ibrl_ros.ros import names
from ibrl_ros.ros.actions import ActionStream, action_value, execution_message
from ibrl_ros.ros.convert import vector_message
from ibrl_ros.ros.qos import COMMAND, QUEUE, SENSOR
from ibrl_ros.ros.runner import LoopNode
from ibrl_ros.ros.teleop_command import command_message

LIMITS = GateLimits.of(load_task("lift"), load_robot("sim"))
HOME = Pose.of((0.45, 0.0, 0.2), (1, 0, 0, 0))
PROP = np.array([*HOME.position, *HOME.quaternion, 0.0], np.float32)
NOW_S = 100.0


class Loop:
    """What policy_node has of a person and of its actions, beside a device and a gate."""

    def __init__(self, nodes: Nodes, takeover: Takeover | None) -> None:
        self._nodes = nodes
        node = nodes.make("policy", LoopNode)
        self.actions = ActionStream(node, lambda execution: None)
        self.commands = PersonCommands(node)
        self._person = PersonDrives(self.actions, LIMITS, takeover)
        world = nodes.make("world")
        self._device = world.create_publisher(JointState, names.TELEOP_COMMAND, SENSOR)
        self._gate = world.create_publisher(JointState, names.EXECUTED, QUEUE)
        self.sent: list[JointState] = []
        world.create_subscription(JointState, names.ACTION, self.sent.append, COMMAND)
        nodes.spin_until(lambda: world.count_publishers(names.ACTION) == 1)
        for publisher in (self._device, self._gate):
            nodes.spin_until(lambda p=publisher: p.get_subscription_count() == 1)

    def hand_asks(self, wanted: Pose | None, said_s: float = NOW_S, *, squeezed: bool = True) -> None:
        before = self.commands.newest
        command = TeleopCommand(wanted, 0.0 if wanted else None, Hand(squeezed), said_s, said_s - 0.03)
        self._device.publish(command_message(command, {}))
        self._nodes.spin_until(lambda: self.commands.newest is not before)

    def device_says(self, **values: float) -> None:
        self._device.publish(vector_message(values, NOW_S))

    def turn(self, now_s: float = NOW_S) -> Turn:
        return self._person.turn(PROP, self.commands.fresh(now_s))

    def acts(self, action: np.ndarray) -> None:
        self.actions.send(np.asarray(action, np.float32), decided_s=NOW_S, observed_s=NOW_S)

    def gate_answers(self, goal: Pose | None, closed: float = 0.0) -> None:
        last = self.actions.last
        assert last is not None
        execution = Execution(last.sequence, True, "", last.values, Cut.NONE, goal, closed)
        self._gate.publish(execution_message(execution, NOW_S))
        self._nodes.spin_until(lambda: self.actions.answered)

    def moves(self, pose: Pose) -> Pose:
        """The person's step, as the gate carries it out."""
        turn = self.turn()
        assert turn.driver == "person" and turn.action is not None
        self.acts(turn.action)
        goal = carry_out(LIMITS, turn.action, before=pose, start=pose, measured=pose).goal
        self.gate_answers(goal)
        return goal


def forward(metres: float) -> Pose:
    return Pose(HOME.position + np.array([metres, 0, 0]), HOME.quaternion)


@pytest.fixture
def training(nodes: Nodes) -> Loop:
    return Loop(nodes, Takeover())


@pytest.fixture
def demonstrating(nodes: Nodes) -> Loop:
    return Loop(nodes, None)


def test_a_command_that_stays_the_newest_is_followed_once(demonstrating: Loop) -> None:
    demonstrating.hand_asks(forward(0.05))
    pose = demonstrating.moves(HOME)
    demonstrating.hand_asks(forward(0.10))
    pose = demonstrating.moves(pose)
    pose = demonstrating.moves(pose)
    np.testing.assert_allclose(pose.position, forward(0.10).position, atol=1e-6)


def test_a_squeeze_with_a_still_hand_stops_a_policy_at_full_speed(training: Loop) -> None:
    training.hand_asks(None, squeezed=False)
    assert training.turn().driver == "policy"
    training.acts(np.array([1, 0, 0, 0, 0, 0, -1]))
    training.gate_answers(forward(0.08))  # the arm is behind its target
    training.hand_asks(HOME)
    pose = training.moves(training.moves(forward(0.08)))
    np.testing.assert_allclose(pose.position, HOME.position, atol=1e-6)


def test_while_the_gates_answer_is_awaited_the_person_moves_nothing(training: Loop) -> None:
    training.hand_asks(forward(0.05))
    training.acts(training.turn().action)
    turn = training.turn()
    assert turn.driver == "person" and not turn.action[:6].any()
    training.gate_answers(forward(0.02))
    assert training.turn().action[0] == pytest.approx(0.6, abs=1e-5)


def test_what_was_commanded_in_the_last_episode_counts_no_more(training: Loop) -> None:
    training.acts(np.zeros(7))
    training.gate_answers(forward(0.3), closed=1.0)
    training.actions.begin()
    training.hand_asks(forward(0.05))
    assert training.turn().action[0] == pytest.approx(1)
    assert training.actions.closed == 0


def test_a_hand_that_asks_for_nothing_yet_keeps_arm_and_gripper(training: Loop) -> None:
    training.acts(np.array([0, 0, 0, 0, 0, 0, 1]))
    training.gate_answers(HOME, closed=1.0)
    training.hand_asks(None)
    assert training.turn().action.tolist() == [0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("off_s", [-FRESH_S - 0.01, FRESH_S + 0.01])
def test_a_command_of_another_time_is_none(nodes: Nodes, off_s: float) -> None:
    loop = Loop(nodes, Takeover())
    loop.hand_asks(forward(0.05))
    assert loop.turn().driver == "person"
    assert loop.turn(NOW_S - off_s) == Turn("nobody"), "squeezed and then silent"


def test_a_demonstration_stands_still_once_the_hand_is_silent(demonstrating: Loop) -> None:
    demonstrating.hand_asks(forward(0.05))
    assert demonstrating.turn(NOW_S + FRESH_S / 2).action is not None
    assert demonstrating.turn(NOW_S + 2 * FRESH_S) == Turn("person", None, None)


def test_what_is_no_command_is_refused_by_name(
    nodes: Nodes, demonstrating: Loop, capfd: pytest.CaptureFixture[str]
) -> None:
    demonstrating.hand_asks(HOME)
    before, said = demonstrating.commands.newest, []
    demonstrating.device_says(deadman=1.0, x=float("nan"))
    nodes.spin_until(lambda: said.append(capfd.readouterr().err) or "not finite: x nan" in "".join(said))
    assert demonstrating.commands.newest is before


def test_an_action_says_of_when_the_hand_is(nodes: Nodes, training: Loop) -> None:
    training.hand_asks(HOME)
    turn = training.turn()
    assert turn.hand_s == pytest.approx(NOW_S - 0.03)
    training.actions.send(turn.action, decided_s=NOW_S, observed_s=NOW_S, hand_s=turn.hand_s)
    training.acts(np.zeros(7))
    nodes.spin_until(lambda: len(training.sent) > 0 and action_value(training.sent[-1]).sequence == 1)
    hands = [action_value(message).hand_s for message in training.sent]
    assert hands[-1] is None and hands[0] in (None, turn.hand_s)
