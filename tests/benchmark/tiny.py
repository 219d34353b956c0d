"""A suite small enough for tests: two methods on Lift, networks that learn nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

AGENT: dict[str, Any] = {
    "observation": "state",
    "cameras": [],
    "prop_stack": 1,
    "critic": {"nets": 3, "hidden_dim": 16},
    "actor": {"hidden_dim": 16},
    "bc": {"hidden_dim": 16, "steps": 5},
    "batch_size": 8,
    "updates_per_step": 0.25,
    "warmup_episodes": 1,
}
SUITE: dict[str, Any] = {
    "tasks": {"lift": {"steps": 300, "demos": 2, "operator_noise": 0.1}},
    "methods": {"IBRL": AGENT, "BC": {**AGENT, "act_method": "bc"}},
    "seeds": [3],
    "evaluation": {"every_steps": 100, "episodes": 2, "final_episodes": 3},
}


def write_suite(folder: Path, **changes: Any) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump({**SUITE, **changes}, sort_keys=False))
    return path
