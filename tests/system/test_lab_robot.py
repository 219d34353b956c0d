"""robot_node in a lab: what moves the arm, what stops it, and what it refuses to do.

One arm, gripper and robot_node for all scenarios. Each begins with the arm at its start and without a word of
the person's. While it goes on actions come all the time: they must not matter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from fake_lab.lab import CARTESIAN, FakeLab
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import Bool

from ibrl_ros.ros import names

pytestmark = pytest.mark.usefixtures("ros_domain")

STOPPED_S = 1.0  # in truth a tenth of it: the machine may be busy
POSE, STATE, JOINTS = "pose_broadcaster", "franka_robot_state_broadcaster", "joint_state_broadcaster"
#: The shipped limits, but for the first joint's: its margin begins at y = -0.12 m or so.
LOW_RAD = [-0.2, -1.7837, -2.9007, -3.0421, -2.8065, 0.5445, -3.0159]
PROFILES = {
    "default": QoSProfile(depth=10),
    "latched": QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL),
    "best effort": QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT),
}


@pytest.fixture(scope="module")
def one_lab(lab_messages: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeLab]:
    with closing(FakeLab(tmp_path_factory.mktemp("lab"), arm={"low_rad": LOW_RAD})) as lab:
        lab.run("robot_node")
        yield lab


@pytest.fixture
def lab(one_lab: FakeLab) -> FakeLab:
    """The lab with the arm at its start, and without the person's word."""
    one_lab.bring_back()
    one_lab.ask(names.CLEAR_ESTOP)
    one_lab.ask(names.ARM, False)
    one_lab.wait_for_robot("")
    return one_lab


def press(lab: FakeLab, way: str) -> Callable[[], None]:
    """The stop is pressed in one way or another; what is returned lets go of the button, if there is one."""
    if way == "service":
        lab.call(names.STOP)
        return lambda: None
    button = lab.node.create_publisher(Bool, names.ESTOP, PROFILES[way])
    lab.wait(lambda: button.get_subscription_count() > 0, f"somebody hears estop, {way}")
    for _ in range(5 if way == "best effort" else 1):
        button.publish(Bool(data=True))
        time.sleep(0.05)
    return lambda: (button.publish(Bool(data=False)), lab.node.destroy_publisher(button))[0]


def stays_still_whatever_comes(lab: FakeLab) -> None:
    """Nothing moves although actions come, and the robot doesn't arm either without the person's word."""
    lab.swaying = True
    lab.stays(1.0)
    assert not lab.call(names.ARM, True)[0], lab.explain()
    assert not lab.call(names.HOME)[0], lab.explain()
    lab.stays(0.5)


def test_nothing_moves_without_a_word(lab: FakeLab) -> None:
    stays_still_whatever_comes(lab)
    lab.start_moving()


@pytest.mark.parametrize("way", [*PROFILES, "service"])
def test_a_stop_is_heard_whoever_says_it_and_however(lab: FakeLab, way: str) -> None:
    lab.start_moving()
    since = lab.now()
    let_go = press(lab, way)
    lab.comes_to_rest(since, STOPPED_S)
    lab.wait_for_robot("is pressed")
    assert not lab.call(names.ALLOW)[0]
    let_go()
    stays_still_whatever_comes(lab)
    lab.ask(names.CLEAR_ESTOP)
    stays_still_whatever_comes(lab)
    lab.start_moving()


def test_a_stop_stops_the_way_home(lab: FakeLab) -> None:
    lab.allow()
    lab.call(names.HOME)
    lab.wait(lab.is_moving, "the way home")
    since = lab.now()
    let_go = press(lab, "default")
    lab.comes_to_rest(since, STOPPED_S)
    let_go()
    lab.ask(names.CLEAR_ESTOP)
    stays_still_whatever_comes(lab)


def test_a_stop_counts_while_nothing_moves(lab: FakeLab) -> None:
    lab.allow()
    let_go = press(lab, "default")
    lab.wait_for_robot("is pressed")
    let_go()
    lab.ask(names.CLEAR_ESTOP)
    stays_still_whatever_comes(lab)


def test_a_reflex_takes_the_word_away(lab: FakeLab) -> None:
    """The broadcasters stop with it, so that the pose is what fails."""
    lab.start_moving()
    lab.arm("reflex")
    lab.wait_for_robot("")
    lab.put_controllers_on()
    stays_still_whatever_comes(lab)
    lab.start_moving()


def test_another_mode_takes_the_word_away(lab: FakeLab) -> None:
    lab.start_moving()
    lab.arm("set_mode", mode="guiding")
    lab.wait_for_robot("guiding")
    assert not lab.call(names.ALLOW)[0]
    lab.arm("set_mode", mode="move")
    stays_still_whatever_comes(lab)
    lab.start_moving()


def test_a_restart_takes_the_word_away(lab: FakeLab) -> None:
    lab.start_moving()
    lab.processes["robot_node"].kill()
    lab.robot = {}
    lab.run("robot_node")
    lab.wait_for_robot("")
    stays_still_whatever_comes(lab)
    lab.start_moving()


def test_disarming_by_hand_takes_the_word_away(lab: FakeLab) -> None:
    lab.start_moving()
    since = lab.now()
    lab.ask(names.ARM, False)
    lab.comes_to_rest(since, STOPPED_S)
    stays_still_whatever_comes(lab)


def test_without_a_pose_nothing_is_published(lab: FakeLab) -> None:
    lab.start_moving()
    lab.arm("silence", names=[POSE])
    lab.wait_for_robot("")
    lab.wait(lambda: lab.arm("targets", since=lab.now() - 0.5) == [], "nothing is published any more")
    lab.stays(1.0)
    lab.arm("silence", names=[])
    stays_still_whatever_comes(lab)


def test_the_arm_stays_where_it_was_moved_by_hand_in_a_reflex(lab: FakeLab) -> None:
    """The controller takes what it last heard: that must not be where the arm was in the collision."""
    lab.start_moving()
    lab.arm("reflex")
    lab.wait_for_robot("")
    lab.swaying = False
    hit = tuple(lab.arm("position"))
    lab.arm("guide", way_m=[0.0, 0.0, 0.08])
    lab.wait(lambda: lab.away_m(hit) > 0.078, "the arm is moved away")
    lab.put_controllers_on()
    lab.stays(1.5, within_m=0.005)
    assert lab.away_m(hit) > 0.07


def test_the_arm_stays_where_it_was_moved_by_hand_while_the_controller_was_off(lab: FakeLab) -> None:
    lab.start_moving()
    lab.swaying = False
    lab.ask(names.ARM, False)
    lab.arm("switch", activate=[], deactivate=[CARTESIAN])
    lab.arm("set_mode", mode="move")  # by another controller, which lets a person move the arm
    start = tuple(lab.arm("position"))
    lab.arm("guide", way_m=[0.0, 0.0, 0.05])
    lab.wait(lambda: lab.away_m(start) > 0.048, "the arm is moved away")
    lab.stays(0.5)
    lab.arm("switch", activate=[CARTESIAN], deactivate=[])
    lab.stays(1.0, within_m=0.025)  # as far as a held target may lead


def test_a_pose_of_another_point_of_the_arm_isn_t_taken_for_the_tool_s(lab: FakeLab) -> None:
    lab.arm("publish_flange", at_flange=True)
    lab.wait(lambda: "end effector frame" in lab.call(names.ALLOW)[1], "it names what is wrong")
    stays_still_whatever_comes(lab)
    lab.arm("publish_flange", at_flange=False)
    lab.start_moving()


def test_a_pose_in_another_frame_is_refused(lab: FakeLab) -> None:
    lab.arm("publish_frame", frame_id="world")
    lab.wait(lambda: "world" in lab.call(names.ALLOW)[1], "it names the frame")
    stays_still_whatever_comes(lab)
    lab.arm("publish_frame", frame_id="")
    lab.start_moving()


def test_a_blocked_arm_is_a_fault(lab: FakeLab) -> None:
    """It moves one way: to and fro, the target would hardly leave an arm that is held in the middle."""
    lab.start_moving(heading=-1.0)
    lab.arm("block", blocked=True)
    lab.wait_for_robot("follow")
    lab.arm("block", blocked=False)
    stays_still_whatever_comes(lab)


def test_an_arm_without_its_controller_is_a_fault(lab: FakeLab) -> None:
    """And whoever then switches it on sees no jump."""
    lab.arm("switch", activate=[], deactivate=[CARTESIAN])
    lab.arm("set_mode", mode="move")
    lab.allow()
    lab.ask(names.ARM, True)
    lab.swaying, lab.heading = True, -1.0
    lab.wait_for_robot("follow")
    lab.arm("switch", activate=[CARTESIAN], deactivate=[])
    lab.stays(1.0, within_m=0.005)


def test_a_blocked_way_home_is_given_up(lab: FakeLab) -> None:
    lab.arm("block", blocked=True)
    lab.allow()
    lab.call(names.HOME)
    lab.wait_for_robot("block")
    lab.arm("block", blocked=False)
    stays_still_whatever_comes(lab)


def test_a_force_makes_it_hold(lab: FakeLab) -> None:
    lab.start_moving()
    lab.arm("push", force_n=40.0)
    lab.wait_for_robot("external force")
    lab.arm("push", force_n=0.0)
    stays_still_whatever_comes(lab)


def test_the_way_home_begins_near_the_workspace_only(lab: FakeLab) -> None:
    lab.put((0.28, 0.0, 0.45))
    lab.allow()
    lab.wait(lambda: "guide" in lab.call(names.HOME)[1], "it asks for the arm to be guided back")
    lab.stays(1.0)


def test_near_a_joint_s_limit_it_holds(lab: FakeLab) -> None:
    lab.put((0.40, 0.05, 0.32))
    lab.start_moving(heading=-1.0)
    lab.wait_for_robot("fr3_joint1")
    stays_still_whatever_comes(lab)


@pytest.mark.parametrize("silent", [STATE, JOINTS])
def test_it_doesn_t_move_blind(lab: FakeLab, silent: str) -> None:
    """Without the mode, or the joints."""
    lab.start_moving()
    lab.arm("silence", names=[silent])
    lab.wait_for_robot("")
    lab.wait(lambda: not lab.call(names.ALLOW)[0], "a person's word is refused")
    stays_still_whatever_comes(lab)


def test_fingers_that_aren_t_heard_of_make_it_hold(lab: FakeLab) -> None:
    lab.start_moving()
    lab.hand("faults", silent=True)
    lab.wait_for_robot("gripper's joints")
    stays_still_whatever_comes(lab)
