"""docs/agents.md: its examples load, and it lists every agent there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ibrl_ros.config import load_agent

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/agents.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_loads(tmp_path: Path, example: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(example)
    load_agent(str(path))


def test_every_agent_is_listed() -> None:
    listed = set(re.findall(r"`((?:paper|small|fast)_\w+)`", PAGE))
    assert {path.stem for path in (ROOT / "robot_configs/agents").glob("*.yaml")} <= listed
