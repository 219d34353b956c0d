"""A colcon workspace with this package in it, used as a person does who has sourced it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COLCON = ROOT / ".venv-colcon/bin/colcon"
PATIENCE_S = 300


class Workspace:
    """A workspace in `folder`, in which the files of the checkout are built.

    Attributes:
        prefix: where the package is installed.
        code: the package's code that is to run: installed, or that of the workspace's copy of the checkout.
        configs: the configurations that belong to this code.
    """

    def __init__(self, folder: Path, symlinks: bool) -> None:
        self._folder = folder
        checkout, self.prefix = folder / "src/ibrl_ros", folder / "install/ibrl_ros"
        copy_checkout(checkout)
        self.colcon("build", *(["--symlink-install"] if symlinks else []))
        if symlinks:
            self.code, self.configs = checkout, checkout / "robot_configs"
        else:
            (self.code,) = self.prefix.glob("lib/python3*/site-packages/ibrl_ros")
            self.configs = self.prefix / "share/ibrl_ros/robot_configs"

    def colcon(self, *arguments: str, **environment: str) -> str:
        """What colcon says, run in the workspace by its own Python, with an addition to the environment."""
        process = subprocess.run(
            [COLCON, *arguments], cwd=self._folder, env={**os.environ, **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S,
        )  # fmt: skip
        assert process.returncode == 0, process.stdout
        return process.stdout

    def popen(self, command: str, **options: object) -> subprocess.Popen[str]:
        """A shell's command, with the workspace sourced in the environment that runs this test."""
        active = f". {Path(sys.prefix) / 'bin/activate'} && . {self._folder / 'install/setup.bash'}"
        return subprocess.Popen(
            ["bash", "-c", f"{active} && {command}"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **options,
        )  # fmt: skip

    def run(self, command: str, **options: object) -> str:
        """What a shell's command says, with the workspace sourced; it must succeed."""
        process = self.popen(command, **options)
        said, _ = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said
        return said


def copy_checkout(to: Path) -> None:
    """Copy what a clone would have, as it is now: no build results, no environments."""
    list_files = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(list_files, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, to / name)
