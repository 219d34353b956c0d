"""What robot_node hears beside the measured pose."""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped
from spun_nodes import Nodes
from std_msgs.msg import Bool

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.nodes.robot_watch import RobotWatch
from ibrl_ros.ros import names
from ibrl_ros.ros.qos import COMMAND, QUEUE
from ibrl_ros.ros.runner import LoopNode

HEARTBEAT_S = 1.0
COMMAND_S, TRIALS = 0.02, 6


class SetBack(LoopNode):
    """A node whose clock can be set back."""

    back_s = 0.0

    def now_s(self) -> float:
        return super().now_s() - self.back_s


def test_a_clock_that_is_set_back_makes_no_silence_shorter(nodes: Nodes) -> None:
    node = nodes.make("watch", SetBack)
    assert isinstance(node, SetBack)
    robot, task = load_robot("sim"), load_task("lift")
    safety = robot.safety.model_copy(update={"estop_heartbeat_s": HEARTBEAT_S})
    robot = robot.model_copy(update={"safety": safety})
    watch = RobotWatch(node, robot, task, SafetyGate(GateLimits.of(task, robot)), lambda: None)
    button = nodes.make("button").create_publisher(Bool, names.ESTOP, QUEUE)

    def beats() -> bool:
        button.publish(Bool(data=False))
        return watch.heartbeat_fault() == ""

    nodes.spin_until(beats)
    node.back_s = 3600.0
    nodes.spin_until(lambda: "silent" in watch.heartbeat_fault())


def test_a_second_publisher_of_the_target_is_seen_within_a_few_commands(nodes: Nodes) -> None:
    """Counted in commands at the controllers' rate on the same thread, as the machine may be slow."""
    node = nodes.make("watch", LoopNode)
    assert isinstance(node, LoopNode)
    robot, task = load_robot("sim"), load_task("lift")
    gate = SafetyGate(GateLimits.of(task, robot))
    topic, commands = robot.target_pose_topic, [0]
    node.create_publisher(PoseStamped, topic, COMMAND)
    RobotWatch(node, robot, task, gate, lambda: None)

    def command() -> None:
        commands[0] += node.count_publishers(topic) > 1

    node.create_timer(COMMAND_S, command)
    late = []
    for number in range(TRIALS):
        nodes.spin_until(lambda: "publishers" not in gate.why)
        commands[0] = 0
        other = nodes.make(f"other_{number}")
        other.create_publisher(PoseStamped, topic, COMMAND)
        nodes.spin_until(lambda: "the target pose has 2 publishers" in gate.why)
        late.append(commands[0] * COMMAND_S)
        nodes.remove(other)
    assert max(late) <= 0.15, late
