"""Starts around home."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.config.task import ResetConfig
from ibrl_ros.control.poses import rotation_distance_rad
from ibrl_ros.control.safety.kinematics import tool_pose
from ibrl_ros.control.safety.start_pose import StartPoses

TASK, ROBOT = load_task("lift_fr3"), load_robot("fr3_hand")


def starts(seed: int = 1, **reset: object) -> StartPoses:
    return StartPoses(TASK.model_copy(update={"reset": ResetConfig.model_validate(reset)}), ROBOT, seed)


def test_without_noise_it_is_home() -> None:
    start = starts().draw()
    np.testing.assert_allclose(start.position, TASK.home.position_m, atol=1e-12)
    assert rotation_distance_rad(start.quaternion, TASK.home.quaternion_xyzw) < 1e-9


@pytest.mark.parametrize(
    ("reset", "reach_m", "reach_rad"),
    [
        ({"noise_m": 0.03}, 0.03, 0.0),
        ({"noise_rad": 0.1}, 0.0, 0.1),
        ({"joint_noise_rad": 0.05}, 0.15, 0.35),
    ],
)
def test_the_noise_fills_its_range_and_no_more(reset: dict, reach_m: float, reach_rad: float) -> None:
    source = starts(**reset)
    drawn = [source.draw() for _ in range(100)]
    shifts = np.abs([start.position - TASK.home.position_m for start in drawn]).max(axis=0)
    turns = [rotation_distance_rad(start.quaternion, TASK.home.quaternion_xyzw) for start in drawn]
    assert (shifts <= reach_m + 1e-9).all()
    assert max(turns) <= math.sqrt(3) * reach_rad + 1e-9
    assert shifts.max() > 0.2 * reach_m or reach_m == 0
    assert max(turns) > 0.2 * reach_rad or reach_rad == 0


def test_no_start_is_outside_the_workspace() -> None:
    source = starts(noise_m=1.0, noise_rad=1.5)
    for _ in range(100):
        position = source.draw().position
        assert (TASK.workspace.low_m <= position).all()
        assert (position <= TASK.workspace.high_m).all()


def test_a_seed_gives_the_same_starts() -> None:
    first, second, other = (starts(seed, noise_m=0.03).draw().position for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()


@pytest.mark.parametrize(("robot", "simulated"), [("fr3_hand", "sim"), ("sim_ur5e", "sim_ur5e")])
def test_the_kinematics_are_those_of_the_simulated_arm(robot: str, simulated: str) -> None:
    mujoco = pytest.importorskip("mujoco")
    from ibrl_ros.sim.arm import create_arm

    described, arm = load_robot(robot).arm, create_arm(load_robot(simulated))
    assert described is not None and described.joints == arm.joints
    model = arm.spec().compile()
    at, data, rng = arm.addresses(model), mujoco.MjData(model), np.random.default_rng(0)
    np.testing.assert_allclose([described.low_rad, described.high_rad], at.limits_rad.T, atol=1e-4)
    for _ in range(20):
        joints = data.qpos[at.joints] = rng.uniform(*at.limits_rad.T)
        mujoco.mj_kinematics(model, data)
        pose = tool_pose(described, joints)
        np.testing.assert_allclose(pose.position, data.site_xpos[at.tcp], atol=1e-6)
        wxyz = np.empty(4)
        mujoco.mju_mat2Quat(wxyz, data.site_xmat[at.tcp])
        assert rotation_distance_rad(pose.quaternion, wxyz[[1, 2, 3, 0]]) < 1e-5


def test_noise_on_the_joints_goes_with_an_arm_of_six() -> None:
    task = TASK.model_copy(update={"reset": ResetConfig(joint_noise_rad=0.05)})
    source = StartPoses(task, load_robot("sim_ur5e"), 1)
    shifts = np.abs([source.draw().position - TASK.home.position_m for _ in range(50)])
    assert 0.01 < shifts.max() < 0.15
