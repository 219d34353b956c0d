"""The environment variables of Fast DDS."""

from __future__ import annotations

from ibrl_ros.ros.distribution import rclpy_version

#: Path of a profile: Fast DDS 3 (Kilted) reads the first name, Fast DDS 2 (Jazzy) the second only.
PROFILE_VARIABLES = ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE")
#: Major version of Jazzy's rclpy, the last one with Fast DDS 2.
_LAST_WITH_FAST_DDS_2 = 7


def profile_variable() -> str:
    """Name of the variable that the installed Fast DDS reads; the other one only gives a warning."""
    major = rclpy_version().partition(".")[0]
    old = major.isdecimal() and int(major) <= _LAST_WITH_FAST_DDS_2
    return PROFILE_VARIABLES[1] if old else PROFILE_VARIABLES[0]
