"""Subscribes to the topic that an extension listens to, whatever its type."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile

from ibrl_ros.config import ConfigError
from ibrl_ros.config.device import HeardTopic


def listen(node: Node, topic: HeardTopic, heard: Callable[[Any], None], qos: QoSProfile) -> None:
    """Have each message of the topic given to `heard`.

    Raises:
        ConfigError: the messages' package isn't installed, or has no such type.
    """
    node.create_subscription(message_type(topic.message), topic.name, heard, qos)


def message_type(name: str) -> type:
    """The class of messages called, for example, "sensor_msgs/msg/Image".

    Raises:
        ConfigError: the package isn't installed, or has no such type.
    """
    package, _, message = name.partition("/msg/")
    try:
        found: type = getattr(importlib.import_module(f"{package}.msg"), message)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigError(f"no messages {name!r} ({error}): install ROS package {package}") from error
    return found
