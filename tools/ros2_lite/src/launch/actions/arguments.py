"""Launch arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..action import Action
from ..launch_context import LaunchContext
from ..substitution import normalize, perform


class DeclareLaunchArgument(Action):
    """Declares a launch argument, `name:=value` on the command line.

    Raises:
        RuntimeError: The list of choices is empty, or a plain default isn't among them.
    """

    def __init__(
        self,
        name: str,
        *,
        default_value: Any = None,
        description: str | None = None,
        choices: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.name = name
        self.default_value = None if default_value is None else normalize(default_value)
        self.choices = None if choices is None else list(choices)
        self.description = _full_description(description, self.choices)
        if self.choices == []:
            raise RuntimeError("Provided choices arg is empty. Use None to ignore the choice list.")
        if self.choices and isinstance(default_value, str) and default_value not in self.choices:
            raise RuntimeError(
                f'Provided default_value "{default_value}" is not in provided choices "{self.choices}".'
            )

    def execute(self, context: LaunchContext) -> None:
        """Set the default if no value was given, and check the value.

        Raises:
            RuntimeError: There is no value, or it isn't among the choices.
        """
        if self.name not in context.launch_configurations:
            if self.default_value is None:
                raise RuntimeError(f'Required launch argument "{self.name}" was not provided.')
            context.launch_configurations[self.name] = perform(context, self.default_value)
        value = context.launch_configurations[self.name]
        if self.choices is not None and value not in self.choices:
            raise RuntimeError(
                f'Argument "{self.name}" provided value "{value}" is not valid. '
                f"Valid options are: {self.choices}"
            )


def _full_description(description: str | None, choices: list[str] | None) -> str:
    if description is None:
        return "no description given" if choices is None else f"One of: {choices}"
    if choices is None:
        return description
    return f"{description.removesuffix('.')}. Valid choices are: {choices}"
