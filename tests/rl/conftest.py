"""Both kinds of agent."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["pixels", "state"])
def observation(request: pytest.FixtureRequest) -> str:
    return request.param
