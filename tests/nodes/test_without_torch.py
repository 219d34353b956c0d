"""The part `robot` runs on a machine that has no PyTorch."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from camera_process import SOFTWARE
from franka_robot import FrankaRobot
from spun_nodes import Nodes

from ibrl_ros.config.loader import config_root

ROOT = Path(__file__).parents[2]
WITHOUT_TORCH = ROOT / "tests" / "without_torch"
FOLDERS = {"ibrl_ros.sim": ROOT / "sim", "ibrl_ros.teleop": ROOT / "teleop", "ibrl_ros": ROOT / "ibrl_ros"}
NODES = ("sim_node", "camera_node", "robot_node", "libfranka_node", "teleop_node", "reset_node")


def source(module: str) -> Path | None:
    """The file of a module of ours; None where it is none, or a name within one."""
    for package, folder in FOLDERS.items():
        if module == package or module.startswith(f"{package}."):
            path = folder.joinpath(*module.removeprefix(package).split(".")[1:])
            return next(
                (one for one in (path / "__init__.py", path.with_suffix(".py")) if one.is_file()), None
            )
    return None


def imported(body: list[ast.stmt]) -> Iterator[str]:
    """Dotted names that are imported when a module is, and not only when one of its functions runs."""
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom):
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
            yield from imported(statement.orelse)
        elif not isinstance(statement, ast.FunctionDef):
            for block in ("body", "orelse", "handlers", "finalbody"):
                yield from imported(getattr(statement, block, []))


def way_to_torch(module: str) -> list[str]:
    """The modules through which importing this one loads PyTorch, in their order; empty if it doesn't."""
    came_from, waiting = {module: ""}, [module]
    while waiting:
        name = waiting.pop(0)
        if name.split(".")[0] == "torch" or name.startswith("safetensors.torch"):
            way = [name]
            while came_from[way[0]]:
                way.insert(0, came_from[way[0]])
            return way
        path = source(name)
        found = list(imported(ast.parse(path.read_text()).body)) if path is not None else []
        for one in [*found, name.rpartition(".")[0]]:  # to import a module is to import its packages
            for candidate in (one, one.rpartition(".")[0]):
                if candidate and candidate not in came_from:
                    came_from[candidate] = name
                    waiting.append(candidate)
    return []


@pytest.mark.parametrize("node", [*NODES, "video_node"])
def test_no_import_leads_to_pytorch(node: str) -> None:
    assert way_to_torch(f"ibrl_ros.nodes.{node}") == []


def test_a_way_to_pytorch_is_found() -> None:
    for node in ("policy_node", "learner_node"):
        assert way_to_torch(f"ibrl_ros.nodes.{node}")[-1].startswith("torch")
    assert way_to_torch("ibrl_ros.control.step.choosers")[-1] == "torch"


@pytest.fixture
def settings(franka_robot: FrankaRobot, tmp_path: Path) -> dict[str, dict[str, object]]:
    """What each node is started with."""
    camera, arm = tmp_path / "camera.yaml", tmp_path / "robot.yaml"
    camera.write_text(SOFTWARE)
    content = yaml.safe_load((config_root() / "robots/fr3_libfranka.yaml").read_text())
    arm.write_text(
        yaml.safe_dump({**content, "libfranka": {"address": franka_robot.address, "realtime": "ignore"}})
    )
    return {"camera_node": {"config": camera}, "libfranka_node": {"robot": arm, "sim": "false"}}


def test_the_nodes_of_the_robot_come_up_and_end_without_it(
    nodes: Nodes, settings: dict[str, dict[str, object]], tmp_path: Path
) -> None:
    tests = (WITHOUT_TORCH, ROOT / "tests" / "nodes", ROOT / "tests")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, tests)), "PYTHONUNBUFFERED": "1"}
    outputs = {name: tmp_path / f"{name}.txt" for name in NODES}
    processes = {}
    for name, path in outputs.items():
        words = [word for key, value in settings.get(name, {}).items() for word in ("-p", f"{key}:={value}")]
        with path.open("wb") as out:
            processes[name] = subprocess.Popen(
                [sys.executable, "-m", "ibrl_ros.nodes", name, "--ros-args", *words],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment,
            )  # fmt: skip
    try:
        listener = nodes.make("listener")
        nodes.spin_until(lambda: set(NODES) <= set(listener.get_node_names()))
        for process in processes.values():
            process.terminate()
        codes = {name: process.wait(30) for name, process in processes.items()}
        said = {name: path.read_text() for name, path in outputs.items()}
        assert codes == dict.fromkeys(NODES, 0), said
        assert not any("Traceback" in text for text in said.values()), said
    finally:
        for process in processes.values():
            process.kill()


@pytest.mark.parametrize("command", ["doctor --help", "list cameras"])
def test_the_commands_for_a_lab_work_without_it(command: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(WITHOUT_TORCH)}
    subprocess.run([sys.executable, "-m", "ibrl_ros.cli", *command.split()], check=True, env=environment,
                   stdout=subprocess.DEVNULL, timeout=60)  # fmt: skip


def test_a_command_that_needs_it_says_so(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(WITHOUT_TORCH)}
    words = ["bc", "--run", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.cli", *words], env=environment, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith(
        "ibrl: this needs PyTorch, which isn't installed: pip install -e '.[learn]'"
    )
