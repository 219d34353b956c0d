from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny import write_suite

from ibrl_ros.benchmark.results import Result, read_result
from ibrl_ros.benchmark.suite import cells, load_suite
from ibrl_ros.cli import make_parser


@pytest.fixture(scope="session")
def benchmark() -> Callable[..., int]:
    """Types `ibrl benchmark ...`, and gives the exit status."""

    def typed(*arguments: object) -> int:
        args = make_parser().parse_args(["benchmark", *map(str, arguments)])
        return args.run_command(args)

    return typed


@pytest.fixture(scope="session")
def finished(
    tmp_path_factory: pytest.TempPathFactory, benchmark: Callable[..., int]
) -> tuple[Path, dict[str, Result]]:
    """The folder of a tiny benchmark that was run without a disturbance, and its results by method."""
    out = tmp_path_factory.mktemp("finished")
    suite = write_suite(out)
    assert benchmark(suite, "--out", out, "--jobs", 2) == 0
    return out, {cell.method: read_result(cell, out) for cell in cells(load_suite(str(suite)))}
