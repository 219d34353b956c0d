"""Workspaces in which the real colcon has built the package."""

from __future__ import annotations

import pytest
from workspace import COLCON, Workspace


@pytest.fixture(scope="session", params=["plain", "symlinks"])
def workspace(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, ros_domain: int
) -> Workspace:
    """A workspace in which the package was built, plain or with symlinks."""
    if not COLCON.exists():
        pytest.skip("no .venv-colcon: `make colcon-test` makes it")
    return Workspace(tmp_path_factory.mktemp("workspace"), symlinks=request.param == "symlinks")
