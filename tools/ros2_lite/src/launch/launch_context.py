"""The state that one launch shares among its actions."""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping, Sequence
from queue import SimpleQueue
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .action import visit_all

if TYPE_CHECKING:
    from ros2_lite.child import Child

    from .event_handlers import OnProcessExit
    from .events.process import ProcessExited
    from .substitution import Substitution


class LaunchContext:
    """Launch configurations, environment, event handlers, and the processes of one launch.

    Everything runs on the main thread: other threads hand it functions through `post`.

    Attributes:
        argv: The command line's `name:=value` arguments.
        launch_configurations: The values of launch arguments by name, and what actions keep for others.
        locals: Holds `event` while an event is handled.
        children: Processes that run or are about to.
        is_shutdown: Set once a shutdown began; nothing starts any more.
        cleanups: Called when the launch is over.
    """

    def __init__(self, *, argv: Sequence[str] = ()) -> None:
        self.argv = list(argv)
        self.launch_configurations: dict[str, Any] = {}
        self.locals = SimpleNamespace()
        self.event_handlers: list[OnProcessExit] = []
        self.children: list[Child] = []
        self.is_shutdown = False
        self.cleanups: list[Callable[[], None]] = []
        self.tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._process_count = 0

    @property
    def environment(self) -> MutableMapping[str, str]:
        """The launcher's own environment, which the children inherit."""
        return os.environ

    def perform_substitution(self, substitution: Substitution) -> str:
        """The text that a substitution stands for."""
        return substitution.perform(self)

    def post(self, task: Callable[[], None]) -> None:
        """Have the main thread call `task` soon. Thread-safe."""
        self.tasks.put(task)

    def next_process_number(self) -> int:
        """1, 2, 3...: the number in a process's name."""
        self._process_count += 1
        return self._process_count

    def emit_process_exited(self, event: ProcessExited) -> None:
        """Let every matching event handler act."""
        self.locals.event = event
        try:
            for handler in list(self.event_handlers):
                visit_all(handler.handle(event, self), self)
        finally:
            del self.locals.event

    def shutdown(self, *, sigint_from_terminal: bool = False) -> None:
        """Begin to stop all processes; a second call changes nothing.

        Args:
            sigint_from_terminal: The terminal sent SIGINT to the whole process group, the children too.
        """
        if self.is_shutdown:
            return
        self.is_shutdown = True
        for child in list(self.children):
            child.stop(send_sigint=not sigint_from_terminal)
