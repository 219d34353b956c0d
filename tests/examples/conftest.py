"""The examples are found as a user's own modules are: on the path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def examples(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder, on the path of this process and of those that it starts."""
    monkeypatch.syspath_prepend(EXAMPLES)
    before = [os.environ["PYTHONPATH"]] if os.environ.get("PYTHONPATH") else []
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(EXAMPLES), *before]))
    yield EXAMPLES
