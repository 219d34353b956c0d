"""Writes docs/running.md's table of launch arguments from the table of settings and the launch files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ibrl_ros.ros.settings import SETTINGS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "running.md"
LAUNCH_FILES = ("collect_demos", "train_online", "evaluate")
TABLE = re.compile(r"(<!-- settings: .*? -->\n\n).*?(\n\n<!-- end of settings -->)", re.DOTALL)


def page() -> str:
    """The whole page, with the table as it is to be."""
    table = "\n".join(_table())
    return TABLE.sub(lambda found: found[1] + table + found[2], PAGE.read_text())


def _table() -> Iterator[str]:
    declared = [_declared(ROOT / "launch" / f"{name}.launch.py") for name in LAUNCH_FILES]
    yield f"| argument | default | {' | '.join(LAUNCH_FILES)} | |"
    yield "|---|---|" + "---|" * len(LAUNCH_FILES) + "---|"
    for name, setting in SETTINGS.items():
        more = f"; see [{setting.page}]({setting.page})" if setting.page else ""
        defaults = dict.fromkeys(defaults[name] for defaults in declared if name in defaults)
        for default in defaults:
            marks = " | ".join("x" if defaults.get(name) == default else "" for defaults in declared)
            shown = f"`{default}`" if default else ""
            yield f"| `{name}` | {shown} | {marks} | {setting.description}{more} |"


def _declared(path: Path) -> dict[str, str]:
    """The default of each argument that a launch file declares, as its call of `arguments` says."""
    calls = [one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call)]
    (call,) = [one for one in calls if isinstance(one.func, ast.Name) and one.func.id == "arguments"]
    own = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    names = [ast.literal_eval(one) for one in call.args]
    return {name: own.get(name, SETTINGS[name].default_text) for name in names}


if __name__ == "__main__":
    PAGE.write_text(page())
    print(PAGE)
