"""The list of actions that a launch file returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .action import LaunchDescriptionEntity

if TYPE_CHECKING:
    from .actions import DeclareLaunchArgument
    from .launch_context import LaunchContext


class LaunchDescription(LaunchDescriptionEntity):
    """A list of entities, visited in order."""

    def __init__(self, initial_entities: Iterable[LaunchDescriptionEntity] = ()) -> None:
        self.entities = list(initial_entities)

    def add_action(self, action: LaunchDescriptionEntity) -> None:
        """Append an action."""
        self.entities.append(action)

    def add_entity(self, entity: LaunchDescriptionEntity) -> None:
        """Append an entity."""
        self.entities.append(entity)

    def visit(self, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        """All entities."""
        return self.entities

    def get_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """All entities."""
        return self.entities

    def get_launch_arguments(self) -> list[tuple[DeclareLaunchArgument, bool]]:
        """The declared arguments, here and in what this includes, each with whether a condition guards it.

        The first declaration of a name counts.
        """
        found: dict[str, tuple[DeclareLaunchArgument, bool]] = {}
        _collect(self, False, found)
        return list(found.values())


def _collect(
    entity: LaunchDescriptionEntity, conditional: bool, found: dict[str, tuple[DeclareLaunchArgument, bool]]
) -> None:
    from .actions import DeclareLaunchArgument

    conditional = conditional or entity.condition is not None
    if isinstance(entity, DeclareLaunchArgument):
        found.setdefault(entity.name, (entity, conditional))
    for sub_entity in entity.get_sub_entities():
        _collect(sub_entity, conditional, found)
