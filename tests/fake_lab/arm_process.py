"""A robot's side as ROS 2 sees it: franka_ros2's hardware and broadcasters, and crisp's Cartesian controller.

They do here what their sources do (crisp_controllers, main of August 2025; franka_ros2, branch jazzy):
- A reflex makes the hardware's read() fail before it stores the new state: every controller is deactivated,
  the broadcasters too, so that the mode `reflex` isn't published, and the pose and the joints stop.
- `target_pose` is heard whether the Cartesian controller is active or not. Activation takes the measured pose
  as the target, but the first update() after it takes a target that was heard before. Neither its age nor its
  frame is looked at. While there are two publishers all targets are ignored.
- `current_pose`, `joint_states` and the full state are reliable, the wrench is best effort, depth 1.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.action import ActionServer
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSPresetProfiles, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image, JointState

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from controller_manager_msgs.msg import ControllerState
from controller_manager_msgs.srv import ListControllers, SwitchController
from franka_msgs.action import ErrorRecovery
from franka_msgs.msg import FrankaRobotState

from fake_lab.arm import Arm, distance_m
from fake_lab.orders import Orders
from ibrl_ros.config import load_robot
from ibrl_ros.control.poses import Pose
from ibrl_ros.ros.convert import image_message, pose_message, vector_message

CARTESIAN, TRAJECTORY = "cartesian_impedance_controller", "joint_trajectory_controller"
POSE, JOINTS, STATE = "pose_broadcaster", "joint_state_broadcaster", "franka_robot_state_broadcaster"
BROADCASTERS = (POSE, JOINTS, STATE)
RELIABLE = QoSPresetProfiles.SYSTEM_DEFAULT.value
NEWEST = QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
STATE_EVERY = 2
KEPT = 20000


class FakeRobot(Node):
    """Controllers, hardware and broadcasters of one arm in one loop."""

    def __init__(self, robot: str, rate_hz: float, start_m: list[float], camera: tuple[int, float]) -> None:
        super().__init__("fake_robot")
        self._robot = load_robot(robot)
        assert self._robot.arm is not None
        self._arm = Arm(self._robot.arm, start_m)
        self._active = {name: name in BROADCASTERS for name in (*BROADCASTERS, CARTESIAN, TRAJECTORY)}
        self._hardware_ok, self._mode = True, "idle"
        self._broken: set[str] = set()
        self._target, self._heard, self._new = self._arm.pose, self._arm.pose, False
        self._guided: np.ndarray = np.zeros(3)
        self._force_n = 0.0
        self._at_flange, self._frame = False, self._robot.frame_id
        self._targets: list[tuple[float, list[float]]] = []
        self._trace: list[tuple[float, list[float]]] = []
        self._lock = threading.RLock()
        self._period_s, self._ticks = 1 / rate_hz, 0
        self._state = FrankaRobotState()
        self._make_topics(*camera)

    def _make_topics(self, camera_side: int, camera_hz: float) -> None:
        robot = self._robot
        self._poses = self.create_publisher(PoseStamped, robot.current_pose_topic, RELIABLE)
        self._joints = self.create_publisher(JointState, robot.joint_states_topic, RELIABLE)
        self._states = self.create_publisher(FrankaRobotState, robot.robot_state_topic, RELIABLE)
        self._wrenches = self.create_publisher(WrenchStamped, robot.wrench_topic, NEWEST)
        self.create_subscription(PoseStamped, robot.target_pose_topic, self._on_target, 1)
        self.create_service(ListControllers, "controller_manager/list_controllers", self._list)
        self.create_service(SwitchController, "controller_manager/switch_controller", self._switch)
        ActionServer(self, ErrorRecovery, "action_server/error_recovery", self._recover_errors)
        self.create_timer(self._period_s, self._tick)
        if camera_side:
            self._black = np.zeros((camera_side, camera_side, 3), np.uint8)
            self._images = self.create_publisher(Image, "cameras/wrist/image_raw", NEWEST)
            self.create_timer(1 / camera_hz, self._see)

    def orders(self) -> dict[str, Callable[..., Any]]:
        """What a test may order, by name."""
        every = (
            self.now, self.switch, self.reflex, self.user_stop, self.recover, self.set_mode, self.guide,
            self.put, self.block, self.push, self.publish_flange, self.publish_frame,
            self.silence, self.targets, self.moved_m, self.position,
        )  # fmt: skip
        return {one.__name__: partial(self._locked, one) for one in every}

    def _locked(self, order: Callable[..., Any], **values: Any) -> Any:
        with self._lock:
            return order(**values)

    def now(self) -> float:
        """The clock of all answers: time.monotonic() of this machine."""
        return time.monotonic()

    def switch(self, activate: list[str], deactivate: list[str]) -> str:
        """What controller_manager/switch_controller does; "" or why not."""
        unknown = {*activate, *deactivate} - self._active.keys()
        if unknown:
            return f"no such controller: {sorted(unknown)}"
        if activate and not self._hardware_ok:
            return "the hardware component isn't active"
        for name in deactivate:
            self._active[name] = False
        for name in activate:
            if name == CARTESIAN and not self._active[name]:
                self._target = self._arm.pose  # _new stays as it is: see above
            self._active[name] = True
        self._mode = "move" if self._active[CARTESIAN] or self._active[TRAJECTORY] else "idle"
        return ""

    def reflex(self) -> None:
        """The robot stops by itself: no state any more, and no controller."""
        self._fail("reflex")

    def user_stop(self) -> None:
        """The person presses the robot's own stop."""
        self._fail("user_stopped")

    def _fail(self, mode: str) -> None:
        self._mode, self._hardware_ok = mode, False
        self._active = dict.fromkeys(self._active, False)

    def recover(self) -> None:
        """Errors cleared, hardware active, broadcasters on. The Cartesian controller stays off."""
        self._mode, self._hardware_ok = "idle", True
        self._active |= dict.fromkeys(BROADCASTERS, True)

    def set_mode(self, mode: str) -> None:
        """The mode that the robot tells, nothing else."""
        self._mode = mode

    def guide(self, way_m: list[float]) -> None:
        """A person moves the arm by hand, at an ordinary speed, while nothing controls it."""
        self._guided = np.array(way_m)

    def put(self, place_m: list[float]) -> None:
        """The arm is somewhere else, at once."""
        self._arm.put(place_m)
        self._target, self._new = self._arm.pose, False

    def block(self, blocked: bool) -> None:
        """Something is in the way, or no longer."""
        self._arm.blocked = blocked

    def push(self, force_n: float) -> None:
        """An external force on the tool, straight up."""
        self._force_n = force_n

    def publish_flange(self, at_flange: bool) -> None:
        """The pose's broadcaster is configured for the flange instead of the tool."""
        self._at_flange = at_flange

    def publish_frame(self, frame_id: str) -> None:
        """The pose's frame; "" for the right one."""
        self._frame = frame_id or self._robot.frame_id

    def silence(self, names: list[str]) -> None:
        """Broadcasters that publish nothing, though active: a lost cable, an executor that hangs."""
        self._broken = set(names)

    def targets(self, since: float) -> list[list[float]]:
        """Targets heard since then: time, x, y, z."""
        return [[heard, *place] for heard, place in self._targets if heard >= since]

    def moved_m(self, since: float) -> float:
        """How far the tool has been from where it was then, at most."""
        after = [place for moment, place in self._trace if moment >= since]
        before = [place for moment, place in self._trace if moment < since]
        start = before[-1] if before else after[0] if after else self._arm.pose.position.tolist()
        return max((distance_m(start, place) for place in after), default=0.0)

    def position(self) -> list[float]:
        """Where the tool is."""
        return self._arm.pose.position.tolist()

    def _on_target(self, message: PoseStamped) -> None:
        with self._lock:
            if self.count_publishers(self._robot.target_pose_topic) > 1:
                return
            p, q = message.pose.position, message.pose.orientation
            self._heard, self._new = Pose.of((p.x, p.y, p.z), (q.x, q.y, q.z, q.w)), True
            self._targets.append((time.monotonic(), [p.x, p.y, p.z]))
            del self._targets[:-KEPT]

    def _tick(self) -> None:
        with self._lock:
            self._ticks += 1
            if self._active[CARTESIAN]:
                if self._new:
                    self._target, self._new = self._heard, False
                self._arm.follow(self._target, self._period_s)
            elif self._guided.any():
                self._guided = self._arm.push(self._guided, self._period_s)
                self._guided[np.abs(self._guided) < 1e-4] = 0.0
            pose = self._arm.pose
            self._trace.append((time.monotonic(), pose.position.tolist()))
            del self._trace[:-KEPT]
            self._publish(pose)

    def _publish(self, pose: Pose) -> None:
        now_s = self.get_clock().now().nanoseconds * 1e-9
        told = {name for name, active in self._active.items() if active} - self._broken
        if POSE in told:
            here = self._arm.flange if self._at_flange else pose
            self._poses.publish(pose_message(here, now_s, self._frame))
        if JOINTS in told:
            assert self._robot.arm is not None
            values = dict(zip(self._robot.arm.joints, self._arm.joints_rad.tolist(), strict=True))
            self._joints.publish(vector_message(values, now_s))
        if STATE in told and self._ticks % STATE_EVERY == 0:
            self._publish_state()

    def _publish_state(self) -> None:
        state = self._state
        state.header.stamp = self.get_clock().now().to_msg()
        state.robot_mode = getattr(FrankaRobotState, f"ROBOT_MODE_{self._mode.upper()}")
        state.o_f_ext_hat_k.header.stamp = state.header.stamp
        state.o_f_ext_hat_k.wrench.force.z = self._force_n
        self._states.publish(state)
        self._wrenches.publish(state.o_f_ext_hat_k)

    def _see(self) -> None:
        now_s = self.get_clock().now().nanoseconds * 1e-9
        self._images.publish(image_message(self._black, now_s, "wrist"))

    def _list(self, request: object, response: ListControllers.Response) -> ListControllers.Response:
        with self._lock:
            response.controller = [
                ControllerState(name=name, state="active" if active else "inactive", type=f"fake/{name}")
                for name, active in self._active.items()
            ]
        return response

    def _switch(
        self, request: SwitchController.Request, response: SwitchController.Response
    ) -> SwitchController.Response:
        with self._lock:
            why = self.switch(list(request.activate_controllers), list(request.deactivate_controllers))
        response.ok, response.message = not why, why
        return response

    def _recover_errors(self, goal: Any) -> ErrorRecovery.Result:
        with self._lock:
            self.recover()
        goal.succeed()
        return ErrorRecovery.Result()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--robot", required=True)
    parser.add_argument("--rate", type=float, default=100.0, help="Hz; the real ones do 1000")
    parser.add_argument("--start", type=float, nargs=3, required=True, help="x y z of the tool, m")
    parser.add_argument("--camera", type=int, default=0, help="pixels of a side of a black camera; 0: none")
    parser.add_argument("--camera-hz", type=float, default=10.0, help="pictures a second")
    given = parser.parse_args()
    rclpy.init()
    node = FakeRobot(given.robot, given.rate, given.start, (given.camera, given.camera_hz))
    Orders(node.orders())
    print('{"answer": "ready"}', flush=True)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.spin()


if __name__ == "__main__":
    main()
