import mujoco
import numpy as np
import pytest

from ibrl_ros.sim import fr3


@pytest.fixture(scope="module")
def model() -> mujoco.MjModel:
    return fr3.load().compile()


def test_arm_and_finger_joints_come_first(model: mujoco.MjModel) -> None:
    names = [model.joint(index).name for index in range(9)]
    assert names == [*fr3.ARM_JOINTS, *fr3.FINGER_JOINTS]
    assert [model.jnt_qposadr[index] for index in range(9)] == list(range(9))
    assert [model.actuator(index).name for index in range(8)] == [*fr3.ARM_JOINTS, "hand"]


def test_ready_posture_points_the_gripper_down(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    data.qpos[:7] = fr3.READY_RAD
    mujoco.mj_forward(model, data)
    np.testing.assert_allclose(
        data.site(fr3.TCP_SITE).xmat.reshape(3, 3), np.diag([1.0, -1.0, -1.0]), atol=1e-6
    )


def test_gravity_is_compensated(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    data.qpos[:7] = data.ctrl[:7] = fr3.READY_RAD
    mujoco.mj_step(model, data, nstep=500)
    np.testing.assert_allclose(data.qpos[:7], fr3.READY_RAD, atol=1e-3)


def test_tcp_lies_between_the_fingertips(model: mujoco.MjModel) -> None:
    data = mujoco.MjData(model)
    data.qpos[:7], data.qpos[7:9] = fr3.READY_RAD, fr3.FINGER_OPEN_M
    mujoco.mj_forward(model, data)
    pads = [data.geom(f"{finger}_pad").xpos for finger in fr3.FINGER_BODIES]
    np.testing.assert_allclose(np.mean(pads, axis=0), data.site(fr3.TCP_SITE).xpos, atol=1e-3)
