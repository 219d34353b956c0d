"""Default budgets of `ibrl demo`: number of demonstrations and of training steps, by task and agent."""

from __future__ import annotations

from typing import NamedTuple


class Budget(NamedTuple):
    """Demonstrations and training steps for one task.

    Attributes:
        num_demos: number of demonstrations, few enough that RL can improve on behaviour cloning.
        max_steps: environment steps of training.
    """

    num_demos: int
    max_steps: int


BUDGETS = {
    ("lift", "small_pixels"): Budget(8, 18000),
    ("lift", "fast_pixels"): Budget(8, 18000),
    ("lift", "small_state"): Budget(5, 16000),
    ("lift", "fast_state"): Budget(5, 8000),
    ("drawer", "small_pixels"): Budget(8, 20000),
    ("drawer", "small_state"): Budget(8, 20000),
    ("drawer", "fast_state"): Budget(8, 10000),
    ("hang", "small_pixels"): Budget(30, 30000),
    ("hang", "fast_pixels"): Budget(30, 30000),
}
USUAL_BUDGET = Budget(10, 40000)


def budget_for(task: str, agent: str) -> Budget:
    """The budget of a task and an agent, given by their file names; USUAL_BUDGET if not in the table."""
    return BUDGETS.get((task, agent), USUAL_BUDGET)


def budgets_in_words(field: str) -> str:
    """One field of all budgets as text, for a command's help."""
    values = {pair: getattr(budget, field) for pair, budget in BUDGETS.items()}
    known = ", ".join(f"{task} {agent} {value}" for (task, agent), value in values.items())
    return f"{known}, others {getattr(USUAL_BUDGET, field)}"
