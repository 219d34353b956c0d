"""Topics that an extension listens to: it names them, and its node subscribes."""

from __future__ import annotations

from typing import NamedTuple


class HeardTopic(NamedTuple):
    """A topic, and what is published on it.

    Attributes:
        name: of the topic, as ROS resolves it.
        message: its type, such as "sensor_msgs/msg/Image".
    """

    name: str
    message: str
