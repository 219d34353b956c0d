"""Runs one node as a process: messages on their own thread, the node's loop on the main one, a clean end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn, TypeVar, cast

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from ibrl_ros.config import ConfigError

Setting = TypeVar("Setting", str, int, float, bool)


class UserError(RuntimeError):
    """Something that the person who launched the node can put right; shown without a traceback."""


class LoopNode(Node):
    """A node with work on the main thread beside its callbacks.

    `stop` is set by SIGINT and SIGTERM; `loop` returns soon after. `close` runs last, whatever happened.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stop = threading.Event()

    def loop(self) -> None:
        """Work on the main thread; returns when done or when `stop` is set."""
        self.stop.wait()

    def close(self) -> None:
        """Release what the node holds. The executor no longer runs."""

    def now_s(self) -> float:
        """The node's clock in seconds."""
        return self.get_clock().now().nanoseconds * 1e-9

    def setting(self, name: str, default: Setting) -> Setting:
        """The value of the parameter `name`, of its default's type."""
        if not self.has_parameter(name):
            self.declare_parameter(name, default)
        return cast(Setting, self.get_parameter(name).value)


def run(factory: Callable[[], LoopNode]) -> NoReturn:
    """Run the node that `factory` makes until its loop returns; exit code 1 when it can't go on."""
    rclpy.init(args=sys.argv, signal_handler_options=SignalHandlerOptions.NO)
    name, code = "ibrl_ros", 0
    try:
        node = factory()
    except (ConfigError, UserError) as error:
        rclpy.logging.get_logger(name).fatal(str(error))
        rclpy.shutdown()
        sys.exit(1)
    _stop_on_signals(node)
    # Not EventsExecutor, though it is cheaper: with rclpy 9.1 it deadlocks when another thread publishes.
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    spinner = threading.Thread(target=_spin, args=(executor, node), name="executor")
    spinner.start()
    try:
        node.loop()
    except (ConfigError, UserError) as error:
        node.get_logger().fatal(str(error))
        code = 1
    finally:
        node.stop.set()
        executor.shutdown()
        spinner.join()
        node.close()
        node.destroy_node()
        rclpy.try_shutdown()
    # Everything is closed and on disk. Leaving through the interpreter's own end would run the destructors of
    # the middleware and of the numeric libraries against each other, which has been seen to hang.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _stop_on_signals(node: LoopNode) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        node.stop.set()

    # A terminal's Ctrl-C and the launcher's own signal both arrive: the second must do no harm.
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


def _spin(executor: SingleThreadedExecutor, node: LoopNode) -> None:
    try:
        executor.spin()
    except ExternalShutdownException:
        pass
    except BaseException:
        # A callback that fails must not leave a node that looks alive and hears nothing.
        node.stop.set()
        raise
