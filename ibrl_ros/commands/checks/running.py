"""Checks what is running: nodes in the domain, the robot's topics, controllers and mode, the clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ibrl_ros.commands.checks.arm import arm
from ibrl_ros.commands.checks.controllers import controllers
from ibrl_ros.commands.checks.finding import Finding, Setup

if TYPE_CHECKING:
    from ibrl_ros.config import RobotConfig
    from ibrl_ros.ros.survey import Survey

LISTEN_S = 6.0
#: Below this rate, on a busy machine, messages are sometimes older than the gate allows.
MIN_RATE_HZ = 20.0
#: Longest usual transport time of a message within one network.
MAX_DELAY_S = 0.05
#: Most of the 0.2 s of age that the gate allows must remain for the transport.
MAX_OFFSET_S = 0.02
#: If a message arrives this long before its stamp, the clocks differ; less may be the clocks' resolution.
MIN_LEAD_S = 0.002
SYNCHRONISE = "synchronise both machines with chrony"
START = {
    "crisp": "start franka_ros2 and crisp_controllers, compare the robot's topics with `ros2 topic list`",
    "libfranka": "start libfranka_node in its own terminal (docs/franka.md)",
    "sim": "the launch starts sim_node",
}


def check(setup: Setup) -> list[Finding]:
    """Listen to the domain for LISTEN_S seconds; return the findings."""
    from ibrl_ros.ros.survey import survey

    seen = survey(setup.robot, setup.cameras, LISTEN_S)
    return [
        nodes(seen, setup.simulated),
        commanders(seen, setup.robot),
        *states(seen, setup.robot),
        *controllers(seen, setup.robot),
        *arm(seen, setup.robot),
        *modes(seen, setup.robot),
        clocks(seen, setup.simulated),
        *offsets(seen),
    ]


def nodes(seen: Survey, simulated: bool) -> Finding:
    """List the nodes in the domain."""
    if not seen.nodes:
        return Finding("nodes", "ok", f"none seen within {LISTEN_S:.0f} s")
    says = f"{len(seen.nodes)} seen: {', '.join(seen.nodes)}"
    if simulated:
        do = "if they are not yours, use another ROS_DOMAIN_ID, so that the simulation can't command a robot"
        return Finding("nodes", "warning", says, do)
    return Finding("nodes", "ok", says)


def commanders(seen: Survey, robot: RobotConfig) -> Finding:
    """Check that the target pose has at most one publisher, robot_node."""
    name, count = "target pose", seen.target_publishers
    says = f"{robot.target_pose_topic} has {count} publisher{'' if count == 1 else 's'}"
    if count > 1:
        return Finding(name, "missing", says, "stop all except robot_node; with two publishers the arm holds")
    return Finding(name, "ok", says)


def states(seen: Survey, robot: RobotConfig) -> list[Finding]:
    """Check the rates of the measured pose and of the joint states."""
    return [_state(seen, robot, topic) for topic in (robot.current_pose_topic, robot.joint_states_topic)]


def _state(seen: Survey, robot: RobotConfig, topic: str) -> Finding:
    arrivals, start = seen.topics[topic], START[robot.interface]
    if arrivals.publishers == 0:
        absent = Finding(topic, "missing", "no publisher", start)
        return absent.excused(start) if robot.interface == "sim" else absent
    if arrivals.messages == 0:
        do = "see the publisher's log; between two machines, check that the network passes multicast"
        return Finding(topic, "missing", f"{arrivals.publishers} publisher(s), no message", do)
    if arrivals.rate_hz < MIN_RATE_HZ:
        do = f"at least {MIN_RATE_HZ:.0f} Hz are needed: check the controller's settings and the network"
        return Finding(topic, "warning", f"{arrivals.rate_hz:.1f} Hz", do)
    return Finding(topic, "ok", f"{arrivals.rate_hz:.0f} Hz")


def modes(seen: Survey, robot: RobotConfig) -> list[Finding]:
    """Check the robot's mode; no finding if no robot runs."""
    running = seen.topics[robot.current_pose_topic].publishers > 0
    if robot.interface == "sim" or not running:
        return []
    if seen.mode is None:
        if robot.interface == "crisp" and robot.robot_state_topic is None:
            do = "to see faults by name: install franka_msgs, set robot_state_topic in the robot's file"
            return [Finding("robot mode", "warning", seen.mode_source, do)]
        do = "the robot holds: start the publisher of its mode, or set robot_state_topic: null in its file"
        return [Finding("robot mode", "missing", f"unknown; {seen.mode_source}", do)]
    if not seen.mode.may_move:
        do = "look at the robot; then release the stop, or recover it by hand (docs/franka.md)"
        return [Finding("robot mode", "warning", seen.mode.obstacle, do)]
    return [Finding("robot mode", "ok", seen.mode.name)]


def clocks(seen: Survey, simulated: bool) -> Finding:
    """Compare the stamps of received messages with this machine's clock.

    A stamp in the future proves that the clocks differ. An old stamp may also come from a slow network.
    """
    name = "clocks in messages"
    delays_s = {topic: one.delay_s for topic, one in seen.topics.items() if one.delay_s is not None}
    if not delays_s:
        return Finding(name, "ok", "no stamped message was received")
    first, last = min(delays_s, key=lambda t: delays_s[t]), max(delays_s, key=lambda t: delays_s[t])
    if delays_s[first] < -MIN_LEAD_S:
        lead_ms = -1e3 * delays_s[first]
        says = f"{first} arrives {lead_ms:.0f} ms before its stamp: its sender's clock is ahead"
        found = Finding(name, "warning", says, SYNCHRONISE)
    elif delays_s[last] > MAX_DELAY_S:
        age_ms = 1e3 * delays_s[last]
        says = f"{last} is {age_ms:.0f} ms old on arrival: its sender's clock is behind or the network slow"
        found = Finding(name, "warning", says, SYNCHRONISE)
    else:
        says = f"stamps arrive within {1e3 * delays_s[last]:.1f} ms: no sign that clocks differ"
        found = Finding(name, "ok", says)
    return found.excused("in lockstep the simulation has its own clock") if simulated else found


def offsets(seen: Survey) -> list[Finding]:
    """Check the largest clock offset among the machines on which nodes of this project run."""
    if not seen.clocks:
        return []
    node = max(seen.clocks, key=lambda name: abs(seen.clocks[name].ahead_s))
    ahead_s, error_s = seen.clocks[node]
    way = "ahead of" if ahead_s > 0 else "behind"
    says = f"{node}'s is {1e3 * abs(ahead_s):.1f} ms {way} this one (within {1e3 * error_s:.1f} ms)"
    if abs(ahead_s) - error_s > MAX_OFFSET_S:
        return [Finding("clock offset", "warning", says, SYNCHRONISE)]
    return [Finding("clock offset", "ok", f"{says}; the largest of {len(seen.clocks)} nodes")]
