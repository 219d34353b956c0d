"""Publishes target poses beside robot_node's, and prints the monotonic time from which others hear them.

python intruder.py SECONDS
"""

from __future__ import annotations

import os
import sys
import time

import rclpy
from geometry_msgs.msg import PoseStamped

FRAME = "intruder"
PERIOD_S, PATIENCE_S = 0.02, 30.0


def main() -> None:
    """Publish."""
    rclpy.init()
    node = rclpy.create_node("intruder")
    publisher = node.create_publisher(PoseStamped, "robot/target_pose", 1)
    deadline = time.monotonic() + PATIENCE_S
    while not publisher.get_subscription_count() and time.monotonic() < deadline:
        time.sleep(0.005)
    print(time.monotonic(), flush=True)
    message = PoseStamped()
    message.header.frame_id = FRAME
    message.pose.position.x, message.pose.position.z, message.pose.orientation.x = 0.5, 0.3, 1.0
    over = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < over:
        message.header.stamp = node.get_clock().now().to_msg()
        publisher.publish(message)
        time.sleep(PERIOD_S)
    os._exit(0)


if __name__ == "__main__":
    main()
