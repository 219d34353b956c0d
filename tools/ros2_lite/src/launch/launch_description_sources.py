"""Launch files as sources of launch descriptions."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ros2_lite.missing import ADVICE, explain_missing

from .launch_description import LaunchDescription
from .substitution import TextSubstitution, normalize, perform

if TYPE_CHECKING:
    from .launch_context import LaunchContext

__all__ = ["PythonLaunchDescriptionSource"]

__getattr__ = explain_missing(__name__)

_module_number = itertools.count(1)


class PythonLaunchDescriptionSource:
    """A launch file in Python."""

    def __init__(self, launch_file_path: Any) -> None:
        self._path = launch_file_path

    def load(self, context: LaunchContext) -> LaunchDescription:
        """Load the file that the path stands for in this context."""
        return load_launch_file(Path(perform(context, self._path)))

    def try_load(self) -> LaunchDescription | None:
        """Load the file if its path is plain text, else None; for `--show-args`."""
        parts = normalize(self._path)
        if all(isinstance(part, TextSubstitution) for part in parts):
            return load_launch_file(Path("".join(part.text for part in parts)))  # type: ignore[attr-defined]
        return None


def load_launch_file(path: Path) -> LaunchDescription:
    """Run a launch file's `generate_launch_description()`.

    Raises:
        RuntimeError: It isn't Python, can't be loaded, or has no such function.
    """
    if path.suffix != ".py":
        raise RuntimeError(f"launch file '{path}' isn't a Python one: {ADVICE}")
    name = f"launch_file_{next(_module_number)}"
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))  # type: ignore[arg-type]
    try:
        loader.exec_module(module)
        generate = getattr(module, "generate_launch_description", None)
        description = generate() if generate is not None else None
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise RuntimeError(f"launch file '{path}' can't be loaded: {reason}") from error
    if generate is None:
        raise RuntimeError(
            f"launch file at '{path}' does not contain the required function 'generate_launch_description()'"
        )
    if not isinstance(description, LaunchDescription):
        raise RuntimeError(f"generate_launch_description() of '{path}' must return a LaunchDescription")
    return description
