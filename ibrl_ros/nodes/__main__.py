"""`python -m ibrl_ros.nodes NODE` starts a node; a signal that comes while it loads ends it silently."""

from __future__ import annotations

import importlib
import os
import signal
import sys


def main() -> None:
    """Run the node that the first argument names."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    importlib.import_module(f"ibrl_ros.nodes.{sys.argv.pop(1)}").main()


if __name__ == "__main__":
    main()
