"""Where installed ROS packages keep their executables and launch files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_prefix,
    get_package_share_directory,
)


def use_own_prefix() -> None:
    """Point AMENT_PREFIX_PATH at this Python's prefix if it isn't set, for this process and its children.

    The ROS 2 wheels install there and, unlike a sourced ROS 2, set no variables.
    """
    os.environ["AMENT_PREFIX_PATH"] = os.environ.get("AMENT_PREFIX_PATH") or sys.prefix


def executables(package: str) -> list[Path]:
    """All executable files below `<prefix>/lib/<package>`.

    Raises:
        LookupError: There is no such package.
    """
    folder = _libexec(package)
    return sorted(path for path in folder.rglob("*") if path.is_file() and os.access(path, os.X_OK))


def find_executable(package: str, name: str) -> Path:
    """The one executable of that name in a package.

    Raises:
        LookupError: No such package, no such executable, or more than one.
    """
    found = [path for path in executables(package) if path.name == name]
    if not found:
        raise LookupError(f"executable '{name}' not found on the libexec directory '{_libexec(package)}'")
    if len(found) > 1:
        raise LookupError(f"executable '{name}' found more than once: {', '.join(map(str, found))}")
    return found[0]


def find_share(package: str) -> Path:
    """A package's share folder.

    Raises:
        LookupError: There is no such package.
    """
    return _look_up(get_package_share_directory, package)


def find_in_share(package: str, file_name: str) -> Path:
    """The one file of that name anywhere below a package's share folder.

    Raises:
        LookupError: No such package, no such file, or more than one.
    """
    share = find_share(package)
    found = sorted(share.rglob(file_name))
    where = f"in the share directory of package '{package}' which is at '{share}'"
    if not found:
        raise LookupError(f"file '{file_name}' was not found {where}")
    if len(found) > 1:
        paths = ", ".join(map(str, found))
        raise LookupError(f"file '{file_name}' was found more than once {where}: {paths}")
    return found[0]


def _libexec(package: str) -> Path:
    return _look_up(get_package_prefix, package) / "lib" / package


def _look_up(function: Callable[[str], str], package: str) -> Path:
    try:
        return Path(function(package))
    except (PackageNotFoundError, ValueError) as error:  # ValueError: the name can't be a package's
        raise LookupError(error.args[0]) from None
