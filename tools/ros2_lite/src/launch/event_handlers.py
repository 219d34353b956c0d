"""What a launch file registers to be told of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ros2_lite.missing import explain_missing

from .action import Action, LaunchDescriptionEntity

if TYPE_CHECKING:
    from .events.process import ProcessExited
    from .launch_context import LaunchContext

__all__ = ["OnProcessExit"]

__getattr__ = explain_missing(__name__)

Entities = LaunchDescriptionEntity | Iterable[LaunchDescriptionEntity] | None
OnExit = Callable[["ProcessExited", "LaunchContext"], Entities] | Entities


class OnProcessExit:
    """Visits entities when a process ends.

    Args:
        target_action: Whose end; a test on actions; or None for any.
        on_exit: Entities, or a function of the event and the context that returns them.
    """

    def __init__(
        self, *, target_action: Action | Callable[[Action], bool] | None = None, on_exit: OnExit
    ) -> None:
        self._target = target_action
        self._on_exit = on_exit

    def handle(self, event: ProcessExited, context: LaunchContext) -> Iterable[LaunchDescriptionEntity]:
        """The entities to visit now."""
        if not self._matches(event.action):
            return ()
        entities = self._on_exit(event, context) if callable(self._on_exit) else self._on_exit
        if entities is None:
            return ()
        return [entities] if isinstance(entities, LaunchDescriptionEntity) else entities

    def _matches(self, action: Action) -> bool:
        if self._target is None or self._target is action:
            return True
        return not isinstance(self._target, Action) and self._target(action)
