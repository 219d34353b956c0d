"""Substitutions that know ROS packages."""

from __future__ import annotations

from typing import Any

from launch.launch_context import LaunchContext
from launch.substitution import Substitution, SubstitutionFailure, describe, perform
from ros2_lite.missing import explain_missing
from ros2_lite.packages import find_share

__all__ = ["FindPackageShare"]

__getattr__ = explain_missing(__name__)


class FindPackageShare(Substitution):
    """A package's share folder."""

    def __init__(self, package: Any) -> None:
        self._package = package

    def perform(self, context: LaunchContext) -> str:
        """Its path.

        Raises:
            SubstitutionFailure: There is no such package.
        """
        try:
            return str(find_share(perform(context, self._package)))
        except LookupError as error:
            raise SubstitutionFailure(str(error)) from None

    def describe(self) -> str:
        """`FindPackageShare(pkg='name')`."""
        return f"FindPackageShare(pkg={describe(self._package)})"
