"""Lists the controllers of a controller_manager and their states."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event
from typing import NamedTuple

from rclpy.client import Client
from rclpy.node import Node

SERVICE = "controller_manager/list_controllers"
PATIENCE_S = 3.0
NOT_INSTALLED = "controller_manager_msgs isn't installed"
NOBODY = f"nobody offers {SERVICE}"


class Controller(NamedTuple):
    """One controller of ros2_control.

    Attributes:
        state: active, inactive, unconfigured or finalized.
        commands: whether it has claimed command interfaces; no other controller can then move the robot.
    """

    state: str
    commands: bool = False


def list_controllers(node: Node) -> tuple[Mapping[str, Controller], str]:
    """The controllers by name, and the reason why they are unknown ("" if known).

    Args:
        node: node that calls the service; its callbacks run on another thread.
    """
    try:
        from controller_manager_msgs.srv import ListControllers
    except ImportError:
        return {}, NOT_INSTALLED
    client: Client = node.create_client(ListControllers, SERVICE)
    answered = Event()
    try:
        if not client.wait_for_service(PATIENCE_S):
            return {}, NOBODY
        future = client.call_async(ListControllers.Request())
        future.add_done_callback(lambda _: answered.set())
        if not answered.wait(PATIENCE_S):
            return {}, f"{SERVICE} doesn't answer"
        answer = future.result()
    finally:
        node.destroy_client(client)
    assert answer is not None
    return {one.name: Controller(one.state, bool(one.claimed_interfaces)) for one in answer.controller}, ""
