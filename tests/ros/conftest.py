from __future__ import annotations

from collections.abc import Iterator

import pytest
import rclpy
from spun_nodes import Nodes


@pytest.fixture
def nodes(ros_domain: int) -> Iterator[Nodes]:
    rclpy.init()
    made = Nodes()
    yield made
    made.close()
    rclpy.shutdown()
