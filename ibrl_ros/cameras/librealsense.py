"""Imports the RealSense SDK's Python module, and loads the libusb that it needs."""

from __future__ import annotations

import ctypes
from types import ModuleType

from ibrl_ros.config import ConfigError


def load_sdk() -> ModuleType:
    """The module pyrealsense2.

    Raises:
        ConfigError: it, or libusb, isn't installed.
    """
    _load_libusb()
    try:
        import pyrealsense2
    except ImportError as error:
        raise ConfigError(
            f"no RealSense SDK: {error}. Install it: pip install -e '.[realsense]' in the checkout"
        ) from error
    return pyrealsense2


def _load_libusb() -> None:
    """Load the libusb of the package libusb_package, if it is installed; the SDK else uses the system's."""
    try:
        import libusb_package
    except ImportError:
        return
    library = libusb_package.get_library_path()
    if library is not None:
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
