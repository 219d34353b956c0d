"""What a launch description is made of, and how it is visited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ros2_lite.missing import refuse_options

if TYPE_CHECKING:
    from .condition import Condition
    from .launch_context import LaunchContext


class LaunchDescriptionEntity:
    """Anything that a launch description can hold."""

    condition: Condition | None = None

    def visit(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Act, and return what is to be visited next."""
        raise NotImplementedError

    def get_sub_entities(self) -> Iterable[LaunchDescriptionEntity]:
        """What `--show-args` can look into without launching anything."""
        return ()


class Action(LaunchDescriptionEntity):
    """An entity that does something, if its condition holds."""

    def __init__(self, *, condition: Condition | None = None, **options: Any) -> None:
        refuse_options(self, options)
        self.condition = condition

    def visit(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Execute if the condition holds."""
        if self.condition is None or self.condition.evaluate(context):
            return self.execute(context)
        return None

    def execute(self, context: LaunchContext) -> Iterable[LaunchDescriptionEntity] | None:
        """Do it, and return what is to be visited next."""
        raise NotImplementedError


def visit_all(entities: Iterable[LaunchDescriptionEntity] | None, context: LaunchContext) -> None:
    """Visit entities and whatever they yield, depth first.

    Raises:
        RuntimeError: Something among them isn't an entity.
    """
    for entity in entities or ():
        if not isinstance(entity, LaunchDescriptionEntity):
            raise RuntimeError(f"expected a LaunchDescriptionEntity, got {entity!r}")
        visit_all(entity.visit(context), context)
