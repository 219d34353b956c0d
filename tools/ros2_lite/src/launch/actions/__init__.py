"""The actions of genuine launch that are kept here."""

from ros2_lite.missing import explain_missing

from .arguments import DeclareLaunchArgument
from .basic import (
    EmitEvent,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    SetEnvironmentVariable,
    SetLaunchConfiguration,
    Shutdown,
)
from .execute_process import ExecuteProcess
from .nesting import GroupAction, IncludeLaunchDescription

__all__ = [
    "DeclareLaunchArgument",
    "EmitEvent",
    "ExecuteProcess",
    "GroupAction",
    "IncludeLaunchDescription",
    "LogInfo",
    "OpaqueFunction",
    "RegisterEventHandler",
    "SetEnvironmentVariable",
    "SetLaunchConfiguration",
    "Shutdown",
]

__getattr__ = explain_missing(__name__)
