"""What tests with ROS share: a domain of their own, so that two test runs on one machine do not meet."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# MuJoCo reads it when it is first imported, whichever test does that.
os.environ.setdefault("MUJOCO_GL", "egl")

if TYPE_CHECKING:
    from franka_robot import FrankaRobot
    from spun_nodes import Nodes

# Other work on the machine may slow an example down by any factor.
settings.register_profile("any_speed", deadline=None)
settings.load_profile("any_speed")

_STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once, as the nodes do: RealSense SDK and DDS in one process crash as Python ends."""
    if "pyrealsense2" in sys.modules and _STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_STATUS])


@pytest.fixture(scope="session")
def ros_domain() -> Iterator[int]:
    """A ROS domain id that nobody else on this machine uses, set for this process and those it starts."""
    from domain_coordinator import domain_id

    with domain_id() as number, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROS_DOMAIN_ID", str(number))
        patch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        patch.setenv("OMP_NUM_THREADS", "1")
        if "AMENT_PREFIX_PATH" not in os.environ:
            patch.setenv("AMENT_PREFIX_PATH", sys.prefix)
        yield number


@pytest.fixture(scope="session")
def lab_messages(ros_domain: int) -> Iterator[None]:
    """franka_msgs, control_msgs and controller_manager_msgs, for this process and those it starts."""
    from fake_lab.generated import message_path

    try:
        folders = message_path()
    except RuntimeError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        for folder in folders:
            patch.syspath_prepend(folder)
        before = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
        patch.setenv("PYTHONPATH", os.pathsep.join([*folders, *before]))
        yield


@pytest.fixture
def nodes(ros_domain: int) -> Iterator[Nodes]:
    """Makes nodes in the test's own process, and spins them."""
    import rclpy
    from spun_nodes import Nodes

    rclpy.init()
    made = Nodes()
    yield made
    made.close()
    rclpy.shutdown()


@pytest.fixture
def franka_robot() -> Iterator[FrankaRobot]:
    """A simulated robot that speaks the real one's protocol."""
    pytest.importorskip("pylibfranka")
    from franka_robot import FrankaRobot

    robot = FrankaRobot()
    yield robot
    robot.kill()
