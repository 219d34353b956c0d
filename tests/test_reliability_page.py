"""Each test that the page on reliability names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_tests_that_the_page_names_are_there() -> None:
    page, path, named = (ROOT / "docs" / "reliability.md").read_text(), "", []
    for found, name in re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", page):
        path = found or path
        named.append((path, name))
    assert len(named) > 20
    missing = [one for one in named if f"def {one[1]}(" not in (ROOT / one[0]).read_text()]
    assert missing == []
