"""The ROS 2 interface: names, QoS, conversions, parts of nodes. Only `ros` and `nodes` import rclpy."""

import os
import sys

# rclpy from Python wheels does not set this variable; without it no message package is found.
os.environ.setdefault("AMENT_PREFIX_PATH", sys.prefix)
