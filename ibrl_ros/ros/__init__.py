"""The ROS 2 edge: names, QoS, conversions, node plumbing. With `nodes`, the only place that imports rclpy."""

import os
import sys

# rclpy from the Python wheels leaves this unset, and then no message package is found.
os.environ.setdefault("AMENT_PREFIX_PATH", sys.prefix)
