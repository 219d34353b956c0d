"""Actions that take a few lines each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ros2_lite import log
from ros2_lite.missing import NotInStandInError

from ..action import Action, LaunchDescriptionEntity
from ..event_handlers import OnProcessExit
from ..events import Shutdown as ShutdownEvent
from ..events.process import ProcessExited
from ..launch_context import LaunchContext
from ..substitution import perform


class SetEnvironmentVariable(Action):
    """Sets an environment variable for all that is started after it in its scope."""

    def __init__(self, name: Any, value: Any, **options: Any) -> None:
        super().__init__(**options)
        self._name, self._value = name, value

    def execute(self, context: LaunchContext) -> None:
        """Set it."""
        context.environment[perform(context, self._name)] = perform(context, self._value)


class SetLaunchConfiguration(Action):
    """Sets a launch configuration."""

    def __init__(self, name: Any, value: Any, **options: Any) -> None:
        super().__init__(**options)
        self._name, self._value = name, value

    def execute(self, context: LaunchContext) -> None:
        """Set it."""
        context.launch_configurations[perform(context, self._name)] = perform(context, self._value)


class LogInfo(Action):
    """Writes a line to the screen and the log."""

    def __init__(self, *, msg: Any, **options: Any) -> None:
        super().__init__(**options)
        self._msg = msg

    def execute(self, context: LaunchContext) -> None:
        """Write it."""
        log.message("INFO", "launch.user", perform(context, self._msg))


class OpaqueFunction(Action):
    """Calls a function with the context; it may return more to visit."""

    def __init__(
        self,
        *,
        function: Callable[..., Iterable[LaunchDescriptionEntity] | None],
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._function, self._args, self._kwargs = function, tuple(args), dict(kwargs or {})

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Call it."""
        return self._function(context, *self._args, **self._kwargs)


class RegisterEventHandler(Action):
    """Registers an event handler."""

    def __init__(self, event_handler: OnProcessExit, **options: Any) -> None:
        super().__init__(**options)
        self._handler = event_handler

    def execute(self, context: LaunchContext) -> None:
        """Register it."""
        context.event_handlers.append(self._handler)


class EmitEvent(Action):
    """Emits an event; here that can be Shutdown only."""

    def __init__(self, *, event: ShutdownEvent, **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(event, ShutdownEvent):
            raise NotInStandInError(f"launch.actions.EmitEvent(event={type(event).__name__})")

    def execute(self, context: LaunchContext) -> None:
        """Shut the launch down."""
        context.shutdown()


class Shutdown(EmitEvent):
    """Stops all processes. As an `on_exit` it says whose end it was."""

    def __init__(self, *, reason: str = "reason not given", **options: Any) -> None:
        super().__init__(event=ShutdownEvent(reason=reason), **options)

    def execute(self, context: LaunchContext) -> None:
        """Shut the launch down."""
        event = getattr(context.locals, "event", None)
        if isinstance(event, ProcessExited) and not context.is_shutdown:
            name = event.process_name
            log.message("INFO", "launch", f"process[{name}] was required: shutting down launched system")
        super().execute(context)
