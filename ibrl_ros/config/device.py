"""What cameras and teleoperation devices tell of themselves to the nodes and to `ibrl doctor`."""

from __future__ import annotations

from typing import NamedTuple


class HeardTopic(NamedTuple):
    """A topic that a device listens to; its node subscribes.

    Attributes:
        name: of the topic, as ROS resolves it.
        message: its type, such as "sensor_msgs/msg/Image".
    """

    name: str
    message: str


class Sighting(NamedTuple):
    """A device that was looked for.

    Attributes:
        device: its name, such as "RealSense 831612073000".
        about: more about it, such as model and USB speed; of one that isn't there, why.
        there: it was found.
        do: what to do about it; empty where all is well.
    """

    device: str
    about: str = ""
    there: bool = True
    do: str = ""
