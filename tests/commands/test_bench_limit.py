from __future__ import annotations

import pytest
import torch

from ibrl_ros.commands.bench_limit import times_the_limit


def test_the_limit_counts_the_operations_of_the_products() -> None:
    matrix = torch.rand(1024, 1024)

    def update() -> None:
        matrix @ matrix

    measured = times_the_limit(update)
    assert measured["gflop"] == pytest.approx(2 * 1024**3 / 1e9, abs=1e-3)
    assert measured["limit_ms"] > 0


def test_what_does_not_multiply_raises_the_multiple() -> None:
    small, large = torch.rand(64, 64), torch.rand(1000, 1000)

    def update() -> None:
        small @ small
        large.sin()

    assert times_the_limit(update)["times_the_limit"] > 10
