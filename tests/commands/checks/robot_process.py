"""A process that publishes what a robot's controllers do, by a clock that is off by so many seconds."""

from __future__ import annotations

import sys
import time

import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState

from ibrl_ros.ros.convert import to_stamp
from ibrl_ros.ros.qos import SENSOR

PERIOD_S = 0.01


def main() -> None:
    """Publish until killed."""
    off_by_s = float(sys.argv[1])
    rclpy.init()
    node = Node("controllers")
    poses = node.create_publisher(PoseStamped, "robot/current_pose", SENSOR)
    joints = node.create_publisher(JointState, "joint_states", SENSOR)
    node.create_publisher(PoseStamped, "robot/target_pose", 1)
    pose = PoseStamped()
    pose.header.frame_id, pose.pose.orientation.w = "base", 1.0
    fingers = JointState(name=["finger_joint1", "finger_joint2"], position=[0.04, 0.04])
    while True:
        stamp = to_stamp(time.time() + off_by_s)
        for publisher, message in ((poses, pose), (joints, fingers)):
            message.header.stamp = stamp
            publisher.publish(message)
        time.sleep(PERIOD_S)


if __name__ == "__main__":
    main()
