"""Stand-in for ROS 2's `launch_ros`: the part that the launch files of this project use, behaving alike."""

from ros2_lite.missing import explain_missing

__getattr__ = explain_missing(__name__)
