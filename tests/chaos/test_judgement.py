"""The judgement of a run finds what is wrong, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from chaos.act import Act
from chaos.judgement import (
    duplicates,
    ended_episodes,
    holds,
    late_holds,
    learning_faults,
    lost_episodes,
    percentile,
    unexplained,
)

Record = dict[str, Any]


def status(t: float, state: str, one: str, ended: str = "", outcome: str = "") -> Record:
    return {
        "t": t, "kind": "episode/status", "state": state, "id": one, "ended_id": ended, "outcome": outcome,
    }  # fmt: skip


def episode(t: float, one: str, outcome: str = "timeout", accepted: float = 1.0) -> list[Record]:
    """An episode of 3 s that has ended and was handled."""
    return [
        status(t, "running", one),
        {"t": t + 1, "kind": "executed", "accepted": accepted},
        status(t + 3, "ended", one, one, outcome),
        status(t + 3.1, "homing", f"after {one}", one, outcome),
    ]


def motion(begun_s: float, over_s: float) -> list[Record]:
    """The arm is armed, and its target moves 1 mm each 0.01 s from begun_s to over_s, and stays for 1 s."""
    found: list[Record] = [{"t": begun_s, "kind": "robot/status", "armed": "true"}]
    for number in range(round((over_s + 1 - begun_s) * 100)):
        stamp = begun_s + number / 100
        x = min(stamp, over_s) * 0.1
        found.append({"t": stamp, "stamp": stamp, "kind": "target", "frame": "base", "at": [x, 0.0, 0.0]})
    return found


def test_an_ended_episode_that_is_nowhere_is_lost_unless_an_act_destroyed_it() -> None:
    records = [*episode(0, "a"), *episode(10, "b"), *episode(20, "c")]
    assert ended_episodes(records) == {"a": "timeout", "b": "timeout", "c": "timeout"}
    assert lost_episodes(records, [], ["a", "c"]) == ["b"]
    assert lost_episodes(records, [Act("damage", "damage", destroyed={"b"})], ["a", "c"]) == []


@pytest.mark.parametrize(
    "records",
    [
        episode(0, "a", "fault"),
        episode(0, "a", "aborted"),
        episode(0, "a", accepted=0.0),
        episode(0, "a")[:2],
    ],
)
def test_a_void_empty_or_unfinished_episode_is_not_missed(records: list[Record]) -> None:
    assert lost_episodes(records, [], []) == []


def test_an_episode_whose_policy_is_killed_at_its_end_is_missed_too() -> None:
    act = Act("kill policy_node", "kill", begun_s=3.01)
    assert lost_episodes(episode(0, "a"), [act], []) == ["a"]


def test_an_id_of_two_files_is_a_duplicate() -> None:
    assert duplicates(["a", "b", "a"]) == ["a"]


def test_a_hold_lasts_until_the_target_rests() -> None:
    act = Act("stop policy_node", "stop", begun_s=5.0, over_s=8.0, limit_s=0.25)
    (hold,) = holds(motion(4.0, 5.2), [act])
    assert hold.after_s == pytest.approx(0.2, abs=0.011)
    assert late_holds([hold], slack_s=0.0) == []
    (late,) = holds(motion(4.0, 5.5), [act])
    assert len(late_holds([late], slack_s=0.0)) == 1
    assert late_holds([late], slack_s=0.3) == []


def test_a_disarmed_or_resting_arm_has_nothing_to_hold() -> None:
    act = Act("stop policy_node", "stop", begun_s=5.0, over_s=8.0, limit_s=0.25)
    disarmed = {"t": 4.9, "kind": "robot/status", "armed": "false"}
    assert holds([*motion(4.0, 6.0), disarmed], [act]) == []
    assert holds(motion(3.0, 4.0), [act]) == []


def test_learning_must_go_on_and_catch_up() -> None:
    def learner(updates: int, steps: int, stored: int) -> Record:
        values = {"updates": updates, "version": updates, "env_steps": steps, "stored_steps": stored}
        return {"kind": "learner/status", **{key: str(value) for key, value in values.items()}}

    assert learning_faults([learner(1, 10, 10), learner(9, 30, 30)]) == []
    assert learning_faults([learner(1, 10, 10), learner(9, 30, 60)])
    assert learning_faults([learner(9, 10, 10), learner(9, 10, 10)])
    assert learning_faults([])


def test_only_errors_about_other_files_are_left_unexplained() -> None:
    act = Act("damage", "damage", destroyed={"ep_1.safetensors", "1f"})
    lines = [
        "error: replay/ep_1.safetensors.corrupt: damaged; x",
        "error: replay/ep_2.safetensors: damaged; x",
    ]
    lines += ["warning: replay: 1 indices are missing; x", "error: checkpoints/2: 1 is missing: 1f; x"]
    assert unexplained(lines, [act]) == [lines[1]]


def test_percentiles() -> None:
    assert (percentile([3, 1, 2], 0.5), percentile([3, 1, 2], 0.99)) == (2, 3)
