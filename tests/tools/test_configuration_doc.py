from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools/configuration_doc.py"))


def test_page_is_what_the_models_say(generator: dict[str, Any]) -> None:
    assert generator["PAGE"].read_text() == generator["page"](), "the models have changed: make docs"


def test_every_key_has_a_row_with_a_meaning(generator: dict[str, Any]) -> None:
    rows = [line for line in generator["page"]().splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if row.rstrip("| ").count("|") < 4] == []
