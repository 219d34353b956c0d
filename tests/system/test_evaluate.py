"""Evaluation through all nodes, with a video."""

from __future__ import annotations

import cv2
import numpy as np
from launches import Start

from ibrl_ros.control.episode.film import PAUSE_FRAMES
from ibrl_ros.learning.run import Run

NUM_EPISODES = 2


def evaluate(start: Start, run: Run, agent: object, policy: str, **arguments: object) -> str:
    launch = start("evaluate", run.folder, agent=agent, policy=policy, num_episodes=NUM_EPISODES, **arguments)
    return launch.finish()


def test_both_policies_face_the_same_scenes(trained: Run, start: Start, configs: object) -> None:
    agent = f"{configs}/state.yaml"
    evaluate(start, trained, agent, "bc", video_episodes=1)
    evaluate(start, trained, agent, "ibrl")
    bc, ibrl = (trained.evaluation(policy).load_all() for policy in ("bc", "ibrl"))
    assert len(bc) == len(ibrl) == NUM_EPISODES
    for one, other in zip(bc, ibrl, strict=True):
        assert (one.metadata.kind, one.metadata.seed) == ("eval", other.metadata.seed)
        np.testing.assert_array_equal(one.observations["state"][0], other.observations["state"][0])
    assert all((episode.sources == 1).all() for episode in bc)

    video = cv2.VideoCapture(str(trained.videos / "bc.mp4"))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == 1 + len(bc[0]) + PAUSE_FRAMES
    read, frame = video.read()
    assert read and frame.std() > 5


def test_pixels_train_on_with_the_demonstrations_that_are_whole(
    start: Start, configs: object, run_with_demos: object
) -> None:
    run = run_with_demos()
    damaged = run.demos.paths()[0]
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    agent = f"{configs}/pixels.yaml"
    output = start("train_online", run.folder, agent=agent, max_steps=60).finish()
    assert damaged.with_name(damaged.name + ".corrupt").is_file()
    assert f"{damaged.name}.corrupt" in output
    assert len(run.demos) >= 1
    assert sum(map(len, run.replay.iterate())) >= 60
    assert all(set(episode.observations) == {"images/wrist", "prop"} for episode in run.replay.iterate())
    evaluate(start, run, agent, "ibrl")
    assert len(run.evaluation("ibrl")) == NUM_EPISODES
