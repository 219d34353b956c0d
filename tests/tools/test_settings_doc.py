"""The page's table of launch arguments, and the one place of each default."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path

from ibrl_ros.ros.settings import SETTINGS

ROOT = Path(__file__).parents[2]
#: The driver of one robot reads the file of that robot; a policy that no launch started opens no cameras.
OWN_DEFAULTS = {("libfranka_node.py", "robot"), ("factory.py", "cameras")}


def test_page_is_what_the_table_says() -> None:
    generator = runpy.run_path(str(ROOT / "tools/settings_doc.py"))
    assert generator["PAGE"].read_text() == generator["page"](), "the settings have changed: make docs"


def test_no_node_has_a_default_of_its_own_for_a_setting_of_the_table() -> None:
    given = set()
    for path in (ROOT / "ibrl_ros/nodes").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(call, ast.Call)
                and getattr(call.func, "attr", "") == "setting"
                and len(call.args) > 1
            ):
                given.add((path.name, ast.literal_eval(call.args[0])))
    assert {(file, name) for file, name in given if name in SETTINGS} == OWN_DEFAULTS
