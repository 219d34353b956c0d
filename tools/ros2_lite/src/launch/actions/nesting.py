"""Actions that hold others: groups and included launch files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..action import Action, LaunchDescriptionEntity
from ..launch_context import LaunchContext
from ..launch_description import LaunchDescription
from ..launch_description_sources import PythonLaunchDescriptionSource
from ..substitution import perform
from .arguments import DeclareLaunchArgument
from .basic import OpaqueFunction, SetLaunchConfiguration


class GroupAction(Action):
    """A list of actions. If scoped, their changes to configurations and environment end with the group."""

    def __init__(
        self, actions: Iterable[LaunchDescriptionEntity], *, scoped: bool = True, **options: Any
    ) -> None:
        super().__init__(**options)
        self._actions, self._scoped = list(actions), scoped

    def get_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """The actions."""
        return self._actions

    def execute(self, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        """The actions, and then the end of the scope."""
        if not self._scoped:
            return self._actions
        configurations, environment = dict(context.launch_configurations), dict(context.environment)

        def end_scope(context: LaunchContext) -> None:
            context.launch_configurations = configurations
            context.environment.clear()
            context.environment.update(environment)

        return [*self._actions, OpaqueFunction(function=end_scope)]


class IncludeLaunchDescription(Action):
    """Visits another launch file.

    As in genuine launch this is no scope: the file sees the including one's configurations, and what it
    sets, its arguments included, stays. Put it into a GroupAction to keep that apart.
    """

    def __init__(
        self,
        launch_description_source: PythonLaunchDescriptionSource | str,
        *,
        launch_arguments: Iterable[tuple[Any, Any]] = (),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        source = launch_description_source
        if not isinstance(source, PythonLaunchDescriptionSource):
            source = PythonLaunchDescriptionSource(source)
        self._source, self._arguments = source, list(launch_arguments)

    def get_sub_entities(self) -> list[LaunchDescriptionEntity]:
        """The file's description, if its path is plain text."""
        description = self._source.try_load()
        return [] if description is None else [description]

    def execute(self, context: LaunchContext) -> list[LaunchDescriptionEntity]:
        """The arguments, then the file's description.

        Raises:
            RuntimeError: The file can't be loaded, or an argument without default wasn't given.
        """
        description = self._source.load(context)
        given = [perform(context, name) for name, _ in self._arguments]
        _check_required(description, given)
        settings = [SetLaunchConfiguration(name, value) for name, value in self._arguments]
        return [*settings, description]


def _check_required(description: LaunchDescription, given: list[str]) -> None:
    for argument in description.entities:
        if not isinstance(argument, DeclareLaunchArgument) or argument.condition is not None:
            continue
        if argument.default_value is None and argument.name not in given:
            raise RuntimeError(
                f"Included launch description missing required argument '{argument.name}' "
                f"(description: '{argument.description}'), given: [{', '.join(given)}]"
            )
