"""Runs one node as a process: callbacks on a thread, the node's loop on the main thread, orderly shutdown."""

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
from ibrl_ros.ros.node_arguments import check_parameters, check_words
from ibrl_ros.ros.node_settings import setting_value
from ibrl_ros.ros.restarting import CRASHED
from ibrl_ros.ros.settings import SETTINGS
from ibrl_ros.ros.shared_memory import remove_abandoned

REST_S = 0.2


class UserError(RuntimeError):
    """An error that the person who launched the node can correct; shown without a traceback."""


#: Errors that a person can correct. A node that ends by one is not started again by its launch.
CORRECTABLE = (ConfigError, UserError)


class LoopNode(Node):
    """A node with a loop on the main thread in addition to its callbacks.

    SIGINT and SIGTERM set `stop`; `loop` returns soon after. `close` always runs last.

    Attributes:
        stop: event that ends the loop.
        changed: condition that callbacks hold and notify when they change the loop's inputs. The loop waits
            on it, for half a second at most, because `stop` doesn't notify it.
        one_thread: whether the loop's own thread runs the callbacks, only while the loop waits; to be set
            before the node runs. For a loop that only answers messages, without delay.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stop = threading.Event()
        self.changed = threading.Condition()
        self.one_thread = False
        tell_time(self)

    def loop(self) -> None:
        """Run the node's work on the main thread; returns at its end or when `stop` is set."""
        while not self.rest(REST_S):
            pass

    def close(self) -> None:
        """Release the node's resources. The executor has stopped."""

    def notify(self) -> None:
        """Wake the loop after a change of its inputs."""
        with self.changed:
            self.changed.notify()

    def rest(self, timeout_s: float) -> bool:
        """Wait for at most timeout_s seconds; returns whether `stop` is set."""
        with self.changed:
            return self.changed.wait_for(self.stop.is_set, timeout_s)

    def now_s(self) -> float:
        """Returns the time of the node's clock, seconds."""
        return self.get_clock().now().nanoseconds * 1e-9

    def setting(self, name: str, default: str | float | None = None) -> Any:
        """Returns the value of the parameter `name`, of its default's type.

        The parameter is read-only, because it is read once.

        Args:
            name: name of a setting of the table, or any other name.
            default: default value; None for the table's.

        Raises:
            ConfigError: the value has another type, or is invalid.
        """
        if default is None:
            default = SETTINGS[name].default
        if not self.has_parameter(name):
            # Dynamic type, because rclpy's error for another type, `run_dir:=2026`, has no advice.
            descriptor = ParameterDescriptor(read_only=True, dynamic_typing=True)
            self.declare_parameter(name, default, descriptor)
        return setting_value(name, self.get_parameter(name).value, default)


class SpinningCondition(threading.Condition):
    """The condition of a node whose loop runs the callbacks: `wait` runs the callbacks that are ready."""

    def __init__(self, executor: Executor) -> None:
        super().__init__()
        self._executor = executor

    def wait(self, timeout: float | None = None) -> bool:
        """Run the callbacks that are ready within `timeout` seconds; returns True."""
        self._executor.spin_once(timeout)
        return True


def run(factory: Callable[[], LoopNode]) -> NoReturn:
    """Run the node that `factory` makes until its loop returns.

    The exit code is 1 after an error that a person can correct, CRASHED after any other error.
    """
    stop = _stop_on_signals()
    remove_abandoned()
    try:
        node = _make(factory)
    except Exception as error:
        _explain(error, rclpy.logging.get_logger("ibrl_ros"))
        code = _code([error])
    else:
        node.stop = stop  # may be set already by a signal that arrived before the node was made
        for path, digest in loaded():
            node.get_logger().info(f"configured by {path} (sha256 {digest})")
        code = _live(node)
    rclpy.try_shutdown()
    # All files are closed and on disk. The interpreter's normal exit would run the destructors of middleware
    # and numeric libraries at the same time, which was observed to hang.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _make(factory: Callable[[], LoopNode]) -> LoopNode:
    """Initialise ROS and make the node.

    Raises:
        ConfigError: the command line has another form, or names what no node reads.
    """
    try:
        check_words(sys.argv)
        rclpy.init(args=sys.argv, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:  # of rcl, about the command line
        raise ConfigError(f"{error}. Parameters are given as --ros-args -p seed:=1") from error
    node = factory()
    try:
        # rclpy has no public name for parameters that were given and not declared.
        check_parameters(node._parameter_overrides, node._parameters)
    except ConfigError:
        node.close()
        raise
    return node


def _live(node: LoopNode) -> int:
    """Run executor and loop until one of the two ends; returns the exit code."""
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
    return _code(failures)


def _code(failures: list[Exception]) -> int:
    """Returns the exit code after these errors."""
    return max((1 if isinstance(failure, CORRECTABLE) else CRASHED for failure in failures), default=0)


def _explain(error: Exception, logger: RcutilsLogger) -> None:
    """Log the text of an error that a person can correct; print the traceback of any other error."""
    if isinstance(error, CORRECTABLE):
        logger.fatal(str(error))
    else:
        traceback.print_exception(error)


def _stop_on_signals() -> threading.Event:
    """Returns the event that SIGINT and SIGTERM set.

    Both a terminal's Ctrl-C and the launcher's signal arrive, and the second must have no effect. Python runs
    handlers on the main thread, which may miss a signal as it begins to wait, or hold the event's lock. So
    the wakeup descriptor receives the signal, and a thread sets the event.
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
        # After a failed callback the node must end, because it would run without receiving messages.
        node.stop.set()
