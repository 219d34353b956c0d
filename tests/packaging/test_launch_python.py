"""The genuine `ros2 launch` runs with the system's Python, which hasn't got what this package requires."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LAUNCH_FILES = sorted((Path(__file__).parents[2] / "launch").glob("*.launch.py"))
DESCRIBE = """
import runpy, sys
for name in ("torch", "numpy", "pydantic", "cv2", "safetensors"):
    sys.modules[name] = None  # importing it fails
print(len(runpy.run_path(sys.argv[1])["generate_launch_description"]().entities))
"""


@pytest.mark.parametrize("path", LAUNCH_FILES, ids=lambda path: path.stem)
def test_a_launch_file_needs_nothing_but_ros_2(path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-P", "-c", DESCRIBE, path], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 1
