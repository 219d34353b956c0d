"""What every simulated arm must be, and that the same tasks can be done with each."""

from __future__ import annotations

import itertools

import mujoco
import numpy as np
import pytest

from ibrl_ros.config import ConfigError, load_robot, load_task
from ibrl_ros.control.poses import Pose, multiply, quaternion_from_euler, rotation_distance_rad
from ibrl_ros.registers import ARMS
from ibrl_ros.sim.arm import TCP_SITE, WRIST_CAMERA, Addresses, Arm, create_arm
from ibrl_ros.sim.env import TaskEnv
from ibrl_ros.sim.world import World
from ibrl_ros.teleop.scripted import make_operator

ROBOTS = {"fr3": "sim", "ur5e": "sim_ur5e"}
DOWN = (1.0, 0.0, 0.0, 0.0)
TILT, YAW = 0.35, 1.2


class Model:
    """An arm by itself."""

    def __init__(self, arm: Arm) -> None:
        self.arm, self.model = arm, arm.spec().compile()
        self.at: Addresses = arm.addresses(self.model)
        self.data = mujoco.MjData(self.model)
        self.data.qpos[self.at.joints] = self.data.ctrl[self.at.servos] = arm.ready_rad
        mujoco.mj_forward(self.model, self.data)


@pytest.fixture(scope="module", params=sorted(ROBOTS))
def robot(request: pytest.FixtureRequest) -> str:
    return ROBOTS[request.param]


@pytest.fixture
def alone(robot: str) -> Model:
    return Model(create_arm(load_robot(robot)))


def test_each_arm_has_a_robot_s_file() -> None:
    assert ARMS.names() == tuple(sorted(ROBOTS))
    assert {name: create_arm(load_robot(robot)).config.arm for name, robot in ROBOTS.items()} == {
        name: name for name in ROBOTS
    }


def test_the_fingers_of_the_file_must_be_the_arm_s() -> None:
    robot = load_robot("sim_ur5e")
    other = robot.gripper.model_copy(update={"open_position": 0.08})
    with pytest.raises(ConfigError, match=r"of the simulated arm ur5e are .*left_finger_joint.* and 0\.085"):
        create_arm(robot.model_copy(update={"gripper": other}))


def test_the_ready_posture_points_the_gripper_down(alone: Model) -> None:
    tool = alone.data.site(TCP_SITE).xmat.reshape(3, 3)
    np.testing.assert_allclose(tool[:, 2], (0, 0, -1), atol=0.02)
    low, high = alone.at.limits_rad.T
    assert (low + 0.2 < alone.arm.ready_rad).all()
    assert (alone.arm.ready_rad < high - 0.2).all()


def test_gravity_is_compensated(alone: Model) -> None:
    mujoco.mj_step(alone.model, alone.data, nstep=500)
    np.testing.assert_allclose(alone.data.qpos[alone.at.joints], alone.arm.ready_rad, atol=1e-3)


def test_the_fingers_close_on_the_tool_centre_point(alone: Model) -> None:
    for travel_m in (0.0, alone.arm.finger_travel_m):
        alone.data.qpos[alone.at.fingers] = travel_m
        mujoco.mj_forward(alone.model, alone.data)
        pads = np.array([alone.data.geom_xpos[pad] for pad in alone.at.pads])
        np.testing.assert_allclose(pads.mean(axis=0), alone.data.site_xpos[alone.at.tcp], atol=1e-3)
    across = (pads[0] - pads[1]) @ alone.data.site(TCP_SITE).xmat.reshape(3, 3)
    np.testing.assert_allclose(across[[0, 2]], 0.0, atol=1e-6)  # they open along the tool's y axis


def test_the_wrist_camera_looks_along_the_fingers_at_the_same_place(alone: Model) -> None:
    rotation = alone.data.site(TCP_SITE).xmat.reshape(3, 3)
    camera = alone.data.camera(WRIST_CAMERA)
    at = (camera.xpos - alone.data.site_xpos[alone.at.tcp]) @ rotation
    np.testing.assert_allclose(at, (0.07, 0.0, -0.1234), atol=1e-6)
    np.testing.assert_allclose(rotation.T @ camera.xmat.reshape(3, 3)[:, 2], (0, 0, -1), atol=1e-6)


@pytest.fixture(scope="module")
def world(robot: str) -> World:
    """Of each arm, shared: each test resets it."""
    return World(load_task("lift"), create_arm(load_robot(robot)))


def test_it_follows_a_target_with_the_same_lag(world: World) -> None:
    world.reset(0)
    world.place_arm(Pose(np.array([0.45, -0.05, 0.15]), np.array(DOWN)))
    start, speed_m_s = world.current_pose(), np.array([0.2, 0.15, -0.1])
    for step in range(1, 6):
        goal = start.position + speed_m_s * 0.1 * step
        world.step(Pose(goal, start.quaternion), gripper=0.0)
    lag_s = np.linalg.norm(goal - world.current_pose().position) / np.linalg.norm(speed_m_s)
    assert 0.012 < lag_s < 0.030


def corners(world: World) -> list[Pose]:
    box = world.config.workspace
    turns = [(TILT, 0, 0), (-TILT, 0, 0), (0, TILT, 0), (0, -TILT, 0), (0.2, 0.2, YAW), (0.2, -0.2, -YAW)]
    return [
        Pose(np.array(corner), multiply(quaternion_from_euler(turn), DOWN))
        for corner in itertools.product(*zip(box.low_m, box.high_m, strict=True))
        for turn in [(0, 0, 0), *turns]
    ]


def test_the_ur5e_reaches_the_corners_of_the_workspace_with_every_tilt() -> None:
    world = World(load_task("lift"), create_arm(load_robot("sim_ur5e")))
    joints = []
    for pose in corners(world):
        world.reset(0)
        world.place_arm(pose)
        reached = world.current_pose()
        assert np.linalg.norm(reached.position - pose.position) < 1e-3
        assert rotation_distance_rad(reached.quaternion, pose.quaternion) < 0.01
        joints.append(world.joint_state().positions[:6])
    # One branch of the inverse kinematics: no joint is anywhere near a turn from where it is at home.
    assert np.abs(np.array(joints) - world.arm.ready_rad).max() < 2.2


def test_the_ur5e_goes_across_the_workspace_without_a_jump() -> None:
    world = World(load_task("lift"), create_arm(load_robot("sim_ur5e")))
    box = world.config.workspace
    world.reset(0)
    world.place_arm(Pose(np.array(box.low_m), np.array(DOWN)))
    before = world.joint_state().positions[:6]
    for share in np.linspace(0, 1, 21)[1:]:
        at = np.array(box.low_m) + share * np.subtract(box.high_m, box.low_m)
        turn = quaternion_from_euler((TILT * np.sin(6 * share), TILT * np.cos(6 * share), YAW * share))
        world.step(Pose(at, multiply(turn, DOWN)), gripper=0.0)
        now = world.joint_state().positions[:6]
        assert np.abs(now - before).max() < 0.5
        before = now
    assert np.linalg.norm(world.current_pose().position - box.high_m) < 0.02


def test_the_same_operator_lifts_the_block_with_it(robot: str) -> None:
    env = TaskEnv("lift", cameras=(), robot=robot)
    operator = make_operator(env.config, noise=0.3)
    successes = 0
    for seed in range(8):
        observation, _ = env.reset(seed=seed)
        operator.reset(seed)
        done = False
        while not done:
            action = operator.command(observation["prop"], observation["state"])
            observation, reward, terminated, truncated, _ = env.step(action)
            done = terminated or truncated
        successes += reward > 0
    assert successes >= 7
