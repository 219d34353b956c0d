"""Conditions on actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ros2_lite.missing import explain_missing

from .condition import Condition
from .substitution import perform

if TYPE_CHECKING:
    from .launch_context import LaunchContext

__all__ = ["IfCondition", "InvalidConditionExpressionError", "UnlessCondition"]

__getattr__ = explain_missing(__name__)


class InvalidConditionExpressionError(RuntimeError):
    """A condition is neither true nor false."""


class IfCondition(Condition):
    """Holds for the texts `true` and `1`, in any case; not for `false` and `0`. Anything else is an error."""

    def __init__(self, predicate_expression: Any) -> None:
        super().__init__(predicate=lambda context: _truth(context, predicate_expression))


class UnlessCondition(Condition):
    """The opposite of IfCondition."""

    def __init__(self, predicate_expression: Any) -> None:
        super().__init__(predicate=lambda context: not _truth(context, predicate_expression))


def _truth(context: LaunchContext, expression: Any) -> bool:
    text = perform(context, expression).strip().lower()
    if text not in ("true", "1", "false", "0"):
        raise InvalidConditionExpressionError(
            f"invalid condition expression '{text}', expected one of: true, 1, false, 0"
        )
    return text in ("true", "1")
