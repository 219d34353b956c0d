"""sim_node: MuJoCo in place of the robot's controllers and cameras, on the same topics, and a clock."""

from __future__ import annotations

import time

import cv2
import numpy as np
from geometry_msgs.msg import PoseStamped
from numpy.typing import NDArray
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image, JointState

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.control.episode.machine import EpisodeState
from ibrl_ros.control.poses import Pose
from ibrl_ros.nodes.pace.simulation import make_pace
from ibrl_ros.ros import names
from ibrl_ros.ros.convert import (
    MessageError,
    image_message,
    pose_message,
    pose_value,
    to_seconds,
    to_stamp,
    vector_message,
    vector_values,
)
from ibrl_ros.ros.diagnostics import Diagnostics
from ibrl_ros.ros.policy_inputs import LOST, SUCCESS
from ibrl_ros.ros.qos import COMMAND, SENSOR
from ibrl_ros.ros.runner import LoopNode, run
from ibrl_ros.ros.statuses import EpisodeStatus, SceneStatus, hear_status, status_teller
from ibrl_ros.sim.arm import create_arm
from ibrl_ros.sim.validity import SimulationError
from ibrl_ros.sim.world import World

BEFORE_START = (EpisodeState.WAITING, EpisodeState.READY)
FILM_PATIENCE_S, FILM_CHECK_S = 10.0, 0.05


class SimNode(LoopNode):
    """Simulates the robot and its cameras, and sets the scene of each episode."""

    def __init__(self) -> None:
        super().__init__("sim_node")
        self._task = load_task(self.setting("task"))
        self._robot = load_robot(self.setting("robot"))
        self._pace = make_pace(self, self._task)
        self._view_px = self.setting("view_px")  # height of the front picture, for videos and consoles
        self._world = World(self._task, create_arm(self._robot))
        self._target: tuple[float, Pose] | None = None
        self._gripper: tuple[float, float] = (0.0, 0.0)
        self._episode, self._steps = -1, 0
        self._wanted: tuple[int, int] | None = None
        self._fault = ""
        self._make_topics()

    def _make_topics(self) -> None:
        robot = self._robot
        self._time = self.create_publisher(Clock, names.CLOCK, SENSOR)
        self._pose = self.create_publisher(PoseStamped, robot.current_pose_topic, SENSOR)
        self._joints = self.create_publisher(JointState, robot.joint_states_topic, SENSOR)
        self._state = self.create_publisher(JointState, names.SIM_STATE, SENSOR)
        self._tell = status_teller(self, SceneStatus)
        self._cameras = {
            camera: self.create_publisher(Image, names.image_topic(camera), SENSOR)
            for camera in {*self._task.watched_cameras, "front"}
        }
        diagnostics = Diagnostics(self, self._facts)
        self._targets = diagnostics.watch(robot.target_pose_topic)
        self.create_subscription(PoseStamped, robot.target_pose_topic, self._on_target, COMMAND)
        self.create_subscription(JointState, robot.gripper_topic, self._on_gripper, COMMAND)
        hear_status(self, EpisodeStatus, self._on_episode)

    def _facts(self) -> dict[str, object]:
        return {"episode": self._episode, "steps": self._steps, "time_s": f"{self._pace.time_s:.2f}"}

    def _on_target(self, message: PoseStamped) -> None:
        self._targets.arrived()
        with self.changed:
            self._target = (to_seconds(message.header.stamp), pose_value(message))
            self.changed.notify()

    def _on_gripper(self, message: JointState) -> None:
        try:
            closed = vector_values(message)["closed"]
        except (MessageError, KeyError) as error:
            self.get_logger().error(f"{self._robot.gripper_topic}: {error}, ignored")
            return
        with self.changed:
            self._gripper = (to_seconds(message.header.stamp), closed)
            self.changed.notify()

    def _on_episode(self, status: EpisodeStatus) -> None:
        """Request the scene of the next episode; again if the simulation failed before the start."""
        if status.state is not EpisodeState.HOMING and not (self._fault and status.state in BEFORE_START):
            return
        with self.changed:
            self._wanted = (status.index, status.seed)
            self.changed.notify()

    def loop(self) -> None:
        """Step, render and publish, on one thread because a renderer works only on its own thread."""
        cv2.setNumThreads(1)
        for camera in self._cameras:
            self._picture(camera)  # the first picture takes half a second, which would delay an episode
        self._wait_for_film()
        while not self.stop.is_set():
            self._advance(steps=self._pace.next_tick(self._has_work))
            self._publish_tick(images=self._pace.takes_pictures())
        self._world.close()

    def _wait_for_film(self) -> None:
        """Wait until video_node has subscribed, if it is to film: a fast run could end before discovery."""
        deadline = time.monotonic() + FILM_PATIENCE_S
        looks = self._cameras["front"].get_subscription_count
        while self.setting("video_episodes") and not looks() and time.monotonic() < deadline:
            if self.rest(FILM_CHECK_S):
                return

    def _advance(self, *, steps: bool) -> None:
        """Set the requested scene if there is one, else take a step if `steps`."""
        with self.changed:
            wanted, target, closed = self._wanted, self._target, self._gripper[1]
        if self._new_episode(wanted):
            self._pace.scene_set()
            self._reset(wanted)
        elif steps and target is not None and self._step(target[1], closed, self._pace.step_s):
            self._pace.stepped()
            self._steps += 1

    def _has_work(self) -> bool:
        if self._new_episode(self._wanted) or self.stop.is_set():
            return True
        if self._fault:
            return False
        answered = self._target is not None and self._target[0] == self._stamp_s
        return answered and self._gripper[0] == self._stamp_s

    def _step(self, target: Pose, closed: float, seconds: float) -> bool:
        """Simulate `seconds`; returns whether it succeeded. After a fault it fails until a scene is set."""
        if self._fault:
            return False
        try:
            self._world.step(target, closed, seconds)
        except SimulationError as error:
            with self.changed:
                self._fault, self._wanted = str(error), None
            said = f"the simulation has gone wrong: {error}"
            self.get_logger().error(said)
            self._tell(SceneStatus(episode=self._episode, stamp=self._stamp_s, fault=self._fault, says=said))
            return False
        return True

    @property
    def _stamp_s(self) -> float:
        return to_seconds(to_stamp(self._pace.time_s))

    def _new_episode(self, wanted: tuple[int, int] | None) -> bool:
        return wanted is not None and (wanted[0] != self._episode or bool(self._fault))

    def _reset(self, wanted: tuple[int, int] | None) -> None:
        """Set the arm's start and the scene from the episode's seed, as a person would do on a robot."""
        assert wanted is not None
        index, seed = wanted
        self._world.reset(seed)
        with self.changed:
            # Earlier commands were for the old scene.
            self._target, self._gripper, self._fault = None, (0.0, 0.0), ""
        self._episode = index
        self._tell(SceneStatus(episode=index, stamp=self._stamp_s, says="the scene is set"))

    def _publish_tick(self, *, images: bool) -> None:
        stamp_s, world = self._pace.time_s, self._world
        if self._fault:  # the simulated state is invalid
            self._time.publish(Clock(clock=to_stamp(stamp_s)))
            return
        # The robot's readings come first, so that robot_node works while the pictures are rendered.
        joints = world.joint_state()
        message = vector_message(dict(zip(joints.names, joints.positions.tolist(), strict=True)), stamp_s)
        self._joints.publish(message)
        self._pose.publish(pose_message(world.current_pose(), stamp_s, self._robot.frame_id))
        truth = dict(zip(world.task.state_names, world.state().tolist(), strict=True))
        truth |= {SUCCESS: float(world.success()), LOST: float(world.lost())}
        self._state.publish(vector_message(truth, stamp_s))
        self._time.publish(Clock(clock=to_stamp(stamp_s)))
        if images:
            self._publish_images(stamp_s)

    def _publish_images(self, stamp_s: float) -> None:
        for camera, publisher in self._cameras.items():
            if publisher.get_subscription_count() == 0:
                continue  # without a subscriber the picture isn't rendered
            publisher.publish(image_message(self._picture(camera), stamp_s, camera))

    def _picture(self, camera: str) -> NDArray[np.uint8]:
        """Returns a camera's picture: in the policy's size, or `view_px` high if only people use it."""
        watched = camera in self._task.watched_cameras
        height = self._task.image_size if watched else self._view_px
        width = height if watched else height * 4 // 3
        return self._world.render(camera, height, width)


def main() -> None:
    """Run the node."""
    run(SimNode)


if __name__ == "__main__":
    main()
