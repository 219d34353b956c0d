"""Descriptions of cameras and teleoperation devices for the nodes and for `ibrl doctor`."""

from __future__ import annotations

from typing import NamedTuple


class HeardTopic(NamedTuple):
    """A topic to which the node of a device subscribes for it.

    Attributes:
        name: name of the topic, which ROS resolves.
        message: type of the messages, such as "sensor_msgs/msg/Image".
    """

    name: str
    message: str


class Sighting(NamedTuple):
    """Result of a search for a device.

    Attributes:
        device: name of the device, such as "RealSense 831612073000".
        about: details, such as model and USB speed, or the reason why it wasn't found.
        there: whether the device was found.
        do: advice to a person; empty if there is no problem.
    """

    device: str
    about: str = ""
    there: bool = True
    do: str = ""
