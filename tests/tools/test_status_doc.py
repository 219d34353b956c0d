from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from ibrl_ros.ros.statuses.status import keys_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def generator() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "tools/status_doc.py"))


def test_page_is_what_the_classes_say(generator: dict[str, Any]) -> None:
    assert generator["PAGE"].read_text() == generator["page"](), "the statuses have changed: make docs"


def test_every_key_has_a_meaning(generator: dict[str, Any]) -> None:
    for kind in generator["kinds"]():
        described = generator["meanings"](kind)
        assert [key for key, field, _ in keys_of(kind) if not described.get(field.name)] == [], kind
