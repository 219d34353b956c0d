"""Demonstrations, recorded through all nodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml
from launches import EPISODE_STEPS, NUM_DEMOS, Start

from ibrl_ros.config.loader import config_root
from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.run import Run
from ibrl_ros.sim.env import TaskEnv


def without_identity(episode: Episode) -> dict[str, object]:
    return episode.metadata.model_dump(exclude={"id", "created_at", "run"})


def test_demonstrations_are_whole(collected: Run) -> None:
    demos = collected.demos.load_all()
    assert [demo.metadata.index for demo in demos] == list(range(len(demos)))
    assert sum(demo.metadata.succeeded for demo in demos) == NUM_DEMOS
    for demo in demos:
        assert set(demo.observations) == {"images/wrist", "prop", "state"}
        assert (demo.metadata.kind, len(demo) <= EPISODE_STEPS) == ("demo", True)
        np.testing.assert_allclose(np.diff(demo.stamps), 0.1, atol=1e-6)
        assert (demo.sources == -1).all()
        assert demo.observations["images/wrist"].std() > 5, "the pictures show nothing"
        assert demo.terminated == demo.metadata.succeeded
        assert demo.metadata.extra["truth_success"] == demo.metadata.succeeded
    assert not list(collected.folder.rglob("*.tmp"))


def test_the_environment_of_benchmarks_moves_the_arm_as_the_nodes_do(collected: Run) -> None:
    demo = collected.demos.load_all()[0]
    environment = TaskEnv("lift", cameras=())
    try:
        observation, _ = environment.reset(seed=demo.metadata.seed)
        for step, action in enumerate(demo.actions):
            np.testing.assert_array_equal(observation["state"], demo.observations["state"][step], str(step))
            np.testing.assert_array_equal(observation["prop"], demo.observations["prop"][step], str(step))
            observation, *_, info = environment.step(action)
            assert demo.executed is not None and demo.cuts is not None
            np.testing.assert_array_equal(info["executed"], demo.executed[step], str(step))
            assert info["cuts"] == demo.cuts[step]
    finally:
        environment.close()


def test_the_same_seed_gives_the_same_demonstrations(collected: Run, start: Start, tmp_path: Path) -> None:
    again = Run(tmp_path / "again")
    start("collect_demos", again.folder, num_demos=NUM_DEMOS, operator_noise=0.1).finish()
    first, second = collected.demos.load_all(), again.demos.load_all()
    assert [without_identity(demo) for demo in first] == [without_identity(demo) for demo in second]
    for one, other in zip(first, second, strict=True):
        for name in ("actions", "rewards", "sources", "interventions", "stamps"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
        for name, array in one.observations.items():
            np.testing.assert_array_equal(array, other.observations[name], name)


def test_a_drawer_is_seen_to_be_open_by_its_tape(start: Start, tmp_path: Path) -> None:
    """The rule decides, by a camera that nobody records."""
    task = yaml.safe_load((config_root() / "tasks/drawer.yaml").read_text())
    task["success"]["detector"] = "rule"
    (tmp_path / "by_rule.yaml").write_text(yaml.safe_dump(task))
    run = Run(tmp_path / "run")
    start(
        "collect_demos", run.folder, task=tmp_path / "by_rule.yaml", num_demos=1, operator_noise=0.0
    ).finish()
    (demo,) = run.demos.load_all()
    assert demo.metadata.succeeded
    assert demo.metadata.extra["rule_success"] and demo.metadata.extra["truth_success"]
    assert set(demo.observations) == {"images/wrist", "prop", "state"}
