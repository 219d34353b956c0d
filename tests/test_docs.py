"""The pages name files, launch arguments and services that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ibrl_ros.ros import names

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tools/ros2_lite/README.md"]
RUNNING = (ROOT / "docs/running.md").read_text()
LAUNCH_FILES = ["collect_demos", "train_online", "evaluate"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text())
    missing = [t for t in targets if not t.startswith("https://") and not (page.parent / t).exists()]
    assert missing == []


@pytest.mark.parametrize("column", range(len(LAUNCH_FILES)), ids=LAUNCH_FILES)
def test_launch_arguments_and_defaults(column: int, ros_domain: int) -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in RUNNING.splitlines()
        if re.match(r"\| `\w+` \|.*\|.*\|.*\|.*\|", line)
    ]
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows if row[2 + column] == "x"}
    shown = subprocess.run(
        [Path(sys.executable).parent / "ros2", "launch", "--show-args",
         str(ROOT / f"launch/{LAUNCH_FILES[column]}.launch.py")],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    declared = re.findall(r"^    '(\w+)':.*?\(default: '([^']*)'\)", shown, re.DOTALL | re.MULTILINE)
    assert documented == dict(declared)


def test_services_and_topics_exist() -> None:
    known = {value for key, value in vars(names).items() if key.isupper()}
    mentioned = set(re.findall(r"`((?:episode|robot)/\w+)`", RUNNING)) - {"robot/status"}
    assert len(mentioned) >= 6
    assert mentioned <= known


def test_files_on_the_way_of_observation_and_episode_exist() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    lists = re.findall(r"^ *[0-9]+\. .*", page.split("## Where an observation goes")[1], re.MULTILINE)
    named = re.findall(r"`([\w/]+\.py)`", "".join(lists))
    assert len(named) > 40
    assert [path for path in named if not (ROOT / "ibrl_ros" / path).exists()] == []


def test_nobody_is_sent_to_a_package_index() -> None:
    # This package is on none, and its name there is anybody's.
    code = [path for folder in ("ibrl_ros", "sim", "teleop") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in code + PAGES if re.search(r"pip install \S*ibrl_ros", path.read_text())] == []
