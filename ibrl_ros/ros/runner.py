"""Runs one node as a process: messages on their own thread, the node's loop on the main one, a clean end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import rclpy
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.executors import Executor, ExternalShutdownException
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from ibrl_ros.config import ConfigError
from ibrl_ros.config.loader import loaded
from ibrl_ros.ros.clock_offset import tell_time
from ibrl_ros.ros.distribution import at_hand
from ibrl_ros.ros.executor import make_executor
from ibrl_ros.ros.node_settings import setting_value
from ibrl_ros.ros.settings import SETTINGS
from ibrl_ros.ros.shared_memory import remove_abandoned

REST_S = 0.2


class UserError(RuntimeError):
    """Something that the person who launched the node can put right; shown without a traceback."""


class LoopNode(Node):
    """A node with work on the main thread beside its callbacks.

    `stop` is set by SIGINT and SIGTERM; `loop` returns soon after. `close` runs last, whatever happened.

    Attributes:
        stop: set when the loop is to end.
        changed: held and notified by callbacks that change what the loop waits for. The loop holds it and
            waits by it, for half a second at most, since `stop` doesn't notify it.
        one_thread: set before the node runs, the loop's own thread runs the callbacks, while the loop waits
            and only then. For a loop that does nothing but answer, and should do it at once.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stop = threading.Event()
        self.changed = threading.Condition()
        self.one_thread = False
        tell_time(self)

    def loop(self) -> None:
        """Work on the main thread; returns when done or when `stop` is set."""
        while not self.rest(REST_S):
            pass

    def close(self) -> None:
        """Release what the node holds. The executor no longer runs."""

    def notify(self) -> None:
        """Tell the loop that something changed."""
        with self.changed:
            self.changed.notify()

    def rest(self, timeout_s: float) -> bool:
        """Wait for at most timeout_s seconds; whether `stop` is set then."""
        with self.changed:
            return self.changed.wait_for(self.stop.is_set, timeout_s)

    def now_s(self) -> float:
        """The node's clock in seconds."""
        return self.get_clock().now().nanoseconds * 1e-9

    def setting(self, name: str, default: str | float | None = None) -> Any:
        """The value of the parameter `name`, of its default's type.

        It is read once, so whoever sets it while the node runs is refused.

        Args:
            name: of a setting of the table; or any other.
            default: where the table hasn't got the name, or this node's default is another one.

        Raises:
            ConfigError: it is of another type, or can't be used.
        """
        if default is None:
            default = SETTINGS[name].default
        if not self.has_parameter(name):
            # Of any type, because rclpy has no words for a person who gives another: `run_dir:=2026`.
            descriptor = ParameterDescriptor(read_only=True, dynamic_typing=True)
            self.declare_parameter(name, default, descriptor)
        return setting_value(name, self.get_parameter(name).value, default)


class SpinningCondition(threading.Condition):
    """The condition of a node whose loop runs the callbacks: to wait by it is to run what is ready."""

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self._executor = executor

    def wait(self, timeout: float | None = None) -> bool:
        """Run the callbacks that are ready, or become so within `timeout` seconds; always True."""
        self._executor.spin_once(timeout)
        return True


def run(factory: Callable[[], LoopNode]) -> NoReturn:
    """Run the node that `factory` makes until its loop returns; exit code 1 when it can't go on."""
    stop = _stop_on_signals()
    remove_abandoned()
    rclpy.init(args=sys.argv, signal_handler_options=SignalHandlerOptions.NO)
    try:
        node = factory()
    except Exception as error:
        _explain(error, rclpy.logging.get_logger("ibrl_ros"))
        well = False
    else:
        node.stop = stop  # perhaps set already, by a signal that came before the node was there
        for path, digest in loaded():
            node.get_logger().info(f"configured by {path} (sha256 {digest})")
        well = _live(node)
    rclpy.try_shutdown()
    # Everything is closed and on disk. Leaving through the interpreter's own end would run the destructors of
    # the middleware and of the numeric libraries against each other, which has been seen to hang.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if well else 1)


def _live(node: LoopNode) -> bool:
    """Spin and loop until one of them ends; whether both ended well."""
    executor = make_executor()
    node.get_logger().info(f"{type(executor).__name__} on {at_hand().name}")
    executor.add_node(node)
    failures: list[Exception] = []
    spinner = None
    if node.one_thread:
        node.changed = SpinningCondition(executor)
    else:
        spinner = threading.Thread(target=_spin, args=(executor, node, failures), name="executor")
        spinner.start()
    try:
        node.loop()
    except Exception as error:
        failures.append(error)
    node.stop.set()
    executor.shutdown()
    if spinner is not None:
        spinner.join()
    for failure in failures:
        _explain(failure, node.get_logger())
    node.close()
    node.destroy_node()
    return not failures


def _explain(error: Exception, logger: RcutilsLogger) -> None:
    """For what a person can put right the words for it; for a fault of ours the traceback."""
    if isinstance(error, ConfigError | UserError):
        logger.fatal(str(error))
    else:
        traceback.print_exception(error)


def _stop_on_signals() -> threading.Event:
    """The event that SIGINT and SIGTERM set.

    A terminal's Ctrl-C and the launcher's own signal both arrive: the second must do no harm. Python runs its
    handlers on the main thread, which doesn't notice a signal that comes as it begins to wait, and may hold
    the event's lock. So the signal is heard where the system delivers it, and told by a thread.
    """
    event = threading.Event()
    heard, told = os.pipe()
    os.set_blocking(told, False)

    def relay() -> None:
        os.read(heard, 1)
        event.set()

    threading.Thread(target=relay, name="signals", daemon=True).start()
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return event


def _spin(executor: Executor, node: LoopNode, failures: list[Exception]) -> None:
    try:
        executor.spin()
    except ExternalShutdownException:
        pass
    except Exception as error:
        failures.append(error)
        # A callback that fails must not leave a node that looks alive and hears nothing.
        node.stop.set()
