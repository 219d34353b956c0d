"""Imports run one way: nodes -> {ros, control, learning, teleop, sim, devices} -> {data, rl, config}."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "ibrl_ros"
FOLDERS = {PACKAGE: ROOT / PACKAGE, f"{PACKAGE}.sim": ROOT / "sim", f"{PACKAGE}.teleop": ROOT / "teleop"}

#: What all layers may import: registers of extensions, base of models; they import nothing of ours.
BOTTOM = {"register", "registers", "extension", "strict_model"}
MIDDLE = {"ros", "control", "learning", "teleop", "sim", "cameras", "franka"}
#: What each layer may import of ours, beside itself. `config` holds the agent's model, which lies in rl.
ALLOWED = {
    "register": set(),
    "registers": set(),
    "extension": set(),
    "strict_model": set(),
    "data": set(),
    "rl": set(),
    "config": {"rl"},
    "learning": {"data", "rl", "config"},
    "control": {"data", "rl", "config"},
    "teleop": {"data", "rl", "config", "control"},
    "sim": {"data", "rl", "config", "control"},
    "cameras": {"config"},
    "franka": {"config", "control"},
    "ros": {"data", "rl", "config", "control", "franka"},
    "nodes": {"data", "rl", "config", *MIDDLE},
    "benchmark": {"data", "rl", "config", *MIDDLE} - {"ros"},
    "commands": {"data", "rl", "config", "benchmark", *MIDDLE},
    "cli": {"config", "learning", "commands"},
}
ROS_LAYERS = {"nodes", "ros"}
ROS_PACKAGES = {
    "rclpy", "std_msgs", "std_srvs", "sensor_msgs", "geometry_msgs", "diagnostic_msgs", "rosgraph_msgs",
    "builtin_interfaces", "ament_index_python", "launch", "launch_ros",
}  # fmt: skip


def modules() -> Iterator[tuple[str, Path]]:
    """Dotted name and file of each module of the source tree."""
    for package, folder in FOLDERS.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            yield ".".join([package, *parts]).removesuffix(".__init__"), path


def imports(name: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join([*name.split(".")[: -node.level], *([base] if base else [])])
            # `from ibrl_ros import rl` names the module only behind the word import.
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def layer(name: str) -> str | None:
    """The layer of a module of ours; None for others, and for the package itself."""
    parts = name.split(".")
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else None


def faults(name: str, source: str) -> list[str]:
    """Each import that breaks the rule, as module:line: what is wrong."""
    own, found = layer(name), []
    if own is None:
        return []
    for line, imported in imports(name, source):
        other, top = layer(imported), imported.split(".")[0]
        if other is not None and other != own and other not in ALLOWED[own] | BOTTOM:
            allowed = ", ".join(sorted(ALLOWED[own])) or "nothing of ours"
            found.append(f"{name}:{line}: {own} imports {imported}; it may import {allowed}")
        if top in ROS_PACKAGES and own not in ROS_LAYERS:
            found.append(f"{name}:{line}: {own} imports {imported}; only nodes and ros may know ROS")
    return found


@pytest.mark.parametrize(("name", "path"), [pytest.param(*module, id=module[0]) for module in modules()])
def test_a_module_imports_only_what_lies_below_it(name: str, path: Path) -> None:
    assert not faults(name, path.read_text())


def test_every_layer_has_its_rule() -> None:
    assert {layer(name) for name, _ in modules()} - {None} == set(ALLOWED)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("ibrl_ros.data.store", "from ibrl_ros.rl import actor"),
        ("ibrl_ros.rl.networks.actor", "import ibrl_ros.config"),
        ("ibrl_ros.control.safety.gate", "from ibrl_ros import learning"),
        ("ibrl_ros.learning.run", "def f():\n    from ibrl_ros.control.safety.gate import SafetyGate"),
        ("ibrl_ros.learning.run", "from ..control import gate"),
        ("ibrl_ros.learning.run", "import rclpy.node"),
        ("ibrl_ros.sim.world", "if True:\n    from sensor_msgs.msg import Image"),
        ("ibrl_ros.ros.outbox", "from ibrl_ros.nodes import learner_node"),
    ],
)
def test_what_breaks_the_rule_is_found(name: str, source: str) -> None:
    assert len(faults(name, source)) == 1


def test_what_keeps_the_rule_passes() -> None:
    source = "import numpy\nfrom . import poses\nfrom ibrl_ros.rl.config import AgentConfig\n"
    assert not faults("ibrl_ros.control.step.choosers", source)
