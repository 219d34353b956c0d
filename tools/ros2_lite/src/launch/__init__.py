"""Stand-in for ROS 2's `launch`: the part that the launch files of this project use, behaving alike."""

from ros2_lite.missing import explain_missing

from .action import Action, LaunchDescriptionEntity
from .condition import Condition
from .launch_context import LaunchContext
from .launch_description import LaunchDescription
from .launch_service import LaunchService
from .substitution import Substitution

__all__ = [
    "Action",
    "Condition",
    "LaunchContext",
    "LaunchDescription",
    "LaunchDescriptionEntity",
    "LaunchService",
    "Substitution",
]

__getattr__ = explain_missing(__name__)
