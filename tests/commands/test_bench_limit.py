from __future__ import annotations

import pytest
import torch

from ibrl_ros.commands.bench_limit import times_the_limit


def test_an_update_of_products_alone_is_at_its_limit() -> None:
    """Five products of the measured size take about five times one of them, whatever the machine's load."""
    matrix = torch.rand(1024, 1024)

    def update() -> None:
        for _ in range(5):
            matrix @ matrix

    measured = times_the_limit(update)
    assert measured["gflop"] == pytest.approx(5 * 2 * 1024**3 / 1e9, abs=1e-3)
    assert measured["limit_ms"] > 0


def test_what_does_not_multiply_raises_the_multiple() -> None:
    small, large = torch.rand(64, 64), torch.rand(1000, 1000)

    def update() -> None:
        small @ small
        for _ in range(20):
            large.sin()

    assert times_the_limit(update)["times_the_limit"] > 10
