"""`python -m ibrl_ros.nodes NODE` starts a node; a signal while the node loads ends it without a message.

A node that a launch started ends with the launch.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

from ibrl_ros.ros.launched import end_with_launch, wait_for_start

#: Most pixels of a compressed picture. Its header may claim any size, for which memory would be allocated.
MAX_PIXELS = 2**26


def main() -> None:
    """Run the node that the first argument names."""
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))  # OpenCV reads it when it is loaded
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    end_with_launch()
    wait_for_start()
    importlib.import_module(f"ibrl_ros.nodes.{sys.argv.pop(1)}").main()


if __name__ == "__main__":
    main()
