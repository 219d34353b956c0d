"""Conditions on actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ros2_lite.missing import explain_missing

from .substitution import perform

if TYPE_CHECKING:
    from .launch_context import LaunchContext

__all__ = ["IfCondition", "InvalidConditionExpressionError", "UnlessCondition"]

__getattr__ = explain_missing(__name__)


class InvalidConditionExpressionError(RuntimeError):
    """A condition is neither true nor false."""


class IfCondition:
    """Holds for the texts `true` and `1`, in any case; not for `false` and `0`. Anything else is an error."""

    def __init__(self, predicate_expression: Any) -> None:
        self._expression = predicate_expression

    def evaluate(self, context: LaunchContext) -> bool:
        """Whether it holds."""
        text = perform(context, self._expression).strip().lower()
        if text not in ("true", "1", "false", "0"):
            raise InvalidConditionExpressionError(
                f"invalid condition expression '{text}', expected one of: true, 1, false, 0"
            )
        return text in ("true", "1")


class UnlessCondition(IfCondition):
    """The opposite of IfCondition."""

    def evaluate(self, context: LaunchContext) -> bool:
        """Whether it holds."""
        return not super().evaluate(context)
