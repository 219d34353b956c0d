from __future__ import annotations

from test_results import EVERY, make_result
from tiny import SUITE

from ibrl_ros.benchmark.results import Result
from ibrl_ros.benchmark.suite import Suite, cells
from ibrl_ros.benchmark.table import tables

CELLS = {
    (cell.method, cell.seed): cell
    for cell in cells(
        Suite.model_validate(
            {**SUITE, "seeds": [1, 2], "methods": {**SUITE["methods"], "slow": SUITE["methods"]["IBRL"]}}
        )
    )
}
#: Of 20 episodes each: holds 90 % from the second evaluation, from the fourth, never.
QUICK, SLOW, NEVER = [4, 18, 20, 20, 20], [2, 4, 10, 19, 20], [0, 5, 20, 5, 20]


def result(method: str, seed: int, successes: list[int]) -> Result:
    return make_result(successes, CELLS[method, seed])


def columns(text: str, method: str, table: int = 0) -> list[str]:
    """The cells of a method's row in the first or second table."""
    line = [line for line in text.splitlines() if line.startswith(f"| {method} |")][table]
    return [part.strip() for part in line.strip("|").split("|")]


def test_what_each_method_reached() -> None:
    text = tables([result("IBRL", 1, QUICK), result("IBRL", 2, SLOW)], "IBRL")
    _, seeds, final, steps, failures, training, worst, minutes = columns(text, "IBRL")
    assert (seeds, final) == ("2", "100.0% [100.0%, 100.0%]")
    assert (steps, failures) == (f"{3 * EVERY:,} (2 of 2)", "15")
    assert (training, minutes) == ("75.0%", "1.0 (0.8)")
    assert worst == "67%"  # 10 of 30 fail, where two of the blocks of 5 failures fall into them


def test_never_is_more_than_any_number() -> None:
    text = tables([result("IBRL", 1, NEVER), result("IBRL", 2, QUICK)], "IBRL")
    assert columns(text, "IBRL")[3] == "not reached (1 of 2)"


def test_the_others_beside_the_first() -> None:
    results = [
        result("IBRL", 1, QUICK),
        result("slow", 1, SLOW),
        result("IBRL", 2, NEVER),
        result("slow", 2, QUICK),
    ]
    text = tables(results, "IBRL")
    # Only in seed 1 the first method gets there, after 2,000 steps, with 18 of 20.
    assert columns(text, "slow", 1) == ["slow", "1", "x 2.00", "x 2.00", "20.0% (there 90.0%)"]


def test_behaviour_cloning_has_a_success_but_no_training() -> None:
    text = tables([result("IBRL", 1, QUICK), result("BC", 1, [12])], "IBRL")
    assert columns(text, "BC") == ["BC", "1", "60.0%", "-", "-", "-", "-", "-"]
    assert columns(text, "BC", 1) == ["BC", "1", "-", "-", "60.0% (there 90.0%)"]


def test_unfinished_cells_are_left_out() -> None:
    unfinished = result("slow", 1, SLOW)
    unfinished = unfinished.model_copy(update={"rows": unfinished.rows[:-1]})
    assert "slow" not in tables([result("IBRL", 1, QUICK), unfinished], "IBRL")
