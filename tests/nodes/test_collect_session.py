"""The collecting session: what it records of a person's command."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ibrl_ros.data.episode import SOURCE_NOBODY, SOURCE_PERSON
from ibrl_ros.learning.run import Run
from ibrl_ros.nodes.sessions.collect import CollectSession


def test_a_step_that_nobody_commanded_is_told_apart(tmp_path: Path) -> None:
    session = CollectSession(Run(tmp_path), num_demos=1, config_hash="")
    session.begin(seed=1)
    asked = np.full(7, 0.5, np.float32)
    decisions = [session.choose({}, followed) for followed in (asked, None, None, asked)]
    assert [decision.source for decision in decisions] == [
        SOURCE_PERSON, SOURCE_NOBODY, SOURCE_NOBODY, SOURCE_PERSON,
    ]  # fmt: skip
    np.testing.assert_array_equal(decisions[1].action, np.float32([0, 0, 0, 0, 0, 0, 0.5]))
