"""The pages for a person at a robot quote what nodes say, call what exists, and give true numbers."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import pytest

from ibrl_ros.config import load_robot, load_task
from ibrl_ros.ros import names

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = ["first_day", "franka", "running", "bringup"]
#: Of franka_ros2's own drivers.
OTHERS = {"service_server/set_full_collision_behavior"}
#: So many characters of a message must be words of the code, and not values that are put in.
LEAST = 12


def texts_of_the_code() -> list[list[str]]:
    """Every text in the package, cut where a value is put in."""
    texts = []
    for path in [*(ROOT / "ibrl_ros").rglob("*.py"), *(ROOT / "teleop").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "\n" for part in node.values]
                texts.append("".join(map(str, parts)).split("\n"))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append([node.value])
    return [parts for parts in texts if sum(map(len, parts)) >= LEAST]


TEXTS = texts_of_the_code()


def begins_like(message: str, parts: list[str]) -> bool:
    """Whether the message, which may be cut off at its end, can come of a text with values put in."""
    at, words = 0, 0
    for index, part in enumerate(parts):
        rest = message[at:]
        found = rest.find(part) if index else 0
        if found < 0 or not rest[found:].startswith(part[: len(rest) - found]):
            ends = [cut for cut in range(len(part), 2, -1) if rest.endswith(part[:cut])]
            return words + max(ends, default=0) >= LEAST
        words += min(len(part), len(rest) - found)
        at += found + len(part)
    return words >= LEAST


def quoted_messages() -> list[str]:
    """What the tables of the robot's page, and the first day's steps after `See`, quote of nodes."""
    franka = (DOCS / "franka.md").read_text().split("## 6. What goes wrong")[1].split("| libfranka_node |")[0]
    rows = [line.split("|")[1] for line in franka.splitlines() if line.startswith("| `")]
    seen = re.findall(
        r"\*See\*[:,].*?(?=\*Moves|\n[0-9]+\. |\n\n)", (DOCS / "first_day.md").read_text(), re.DOTALL
    )
    quoted = {message for text in [*rows, *seen] for message in re.findall(r"`([^`\n]+)`", text)}
    quoted = {re.sub(r"^holding: |^success=False, message='", "", one).split("...")[0] for one in quoted}
    quoted = {one.strip(" '") for one in quoted}
    return sorted(one for one in quoted if one.count(" ") > 2 and not one.startswith("ros2 "))


@pytest.mark.parametrize("message", quoted_messages())
def test_messages_are_those_of_the_code(message: str) -> None:
    assert any(begins_like(message, parts) for parts in TEXTS)


def test_messages_were_found_and_wrong_ones_are_told_apart() -> None:
    assert len(quoted_messages()) > 30
    for wrong in ("the emergency stop was pressed", "nothing of the arm's joints so far"):
        assert not any(begins_like(wrong, parts) for parts in TEXTS)


@pytest.mark.parametrize("page", PAGES)
def test_services_that_are_called_exist(page: str) -> None:
    known = {value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)}
    text = " ".join((DOCS / f"{page}.md").read_text().split())
    called = set(re.findall(r"ros2 service call /(\S+)", text)) | set(
        re.findall(r"ros2 topic pub --once /(\S+)", text)
    )
    assert called
    assert called - OTHERS <= known


@pytest.mark.parametrize("page", ["first_day", "tasks"])
def test_examples_of_a_task_load(page: str, tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL)
    tasks = [example for example in examples if "extends: lift_fr3" in example]
    assert tasks
    for example in tasks:
        path = tmp_path / "my_task.yaml"
        path.write_text(re.sub(r"^ {4}", "", example, flags=re.MULTILINE) if page == "first_day" else example)
        load_task(str(path))


@pytest.mark.parametrize("robot_name", ["fr3_hand", "fr3_libfranka"])
def test_the_first_day_s_numbers_are_the_configuration_s(robot_name: str) -> None:
    text = " ".join((DOCS / "first_day.md").read_text().split())
    robot, task = load_robot(robot_name), load_task("lift_fr3")
    safety, box = robot.safety, task.workspace
    for said in (
        f"at most {safety.max_speed_m_s:g} m/s and {safety.max_turn_rad_s:g} rad/s",
        f"{task.position_scale_m:g} m and {task.rotation_scale_rad:g} rad, ten a second",
        f"{robot.homing_speed_m_s:g} m/s, {robot.homing_speed_rad_s:g} rad/s, a straight line",
        f"at most {safety.max_lead_m:.2f} m; {safety.max_lead_m / 2:.2f} m for {safety.blocked_s:g} s",
        f"above {task.max_force_n:g} N it holds",
        f"x {box.low_m[0]:g} to {box.high_m[0]:g}, y {box.low_m[1]:.2f} to {box.high_m[1]:.2f}",
        f"to {box.high_m[2]:g} m; tilt {math.degrees(box.max_tilt_rad):.0f}, "
        f"yaw {math.degrees(box.max_yaw_rad):.0f} degrees",
        f"x {task.home.position_m[0]:.2f}, y 0, z {task.home.position_m[2]:g}",
        f"up by {round(100 * task.reset.moves_m[0][2])} cm",
        f"{task.reset.delay_s:g} s after the episode's end",
    ):
        assert said in text, said
