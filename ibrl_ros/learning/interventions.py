"""Training episodes in which a person took over, which the BC policy learns from beside the demonstrations.

The list is made when a person asks for it and stays until they ask again, so that training, however often it
is stopped and resumed, goes on with one BC policy.
"""

from __future__ import annotations

import shlex

import yaml

from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.run import Run, RunError
from ibrl_ros.learning.weights import write


def choose_interventions(run: Run) -> list[Episode]:
    """List the interventions so far for the BC policy; as with demonstrations, of episodes that succeeded.

    Raises:
        RunError: there are none.
    """
    episodes = [
        episode
        for episode in run.replay.iterate()
        if episode.metadata.succeeded and episode.interventions.any()
    ]
    if not episodes:
        run_dir = shlex.quote(f"run_dir:={run.folder}")
        raise RunError(
            f"nobody took over in a successful episode of {run.replay.folder}: take over while "
            f"`ros2 launch ibrl_ros train_online.launch.py {run_dir} teleop:=quest` trains"
        )
    ids = [episode.metadata.id for episode in episodes]
    write(run.interventions, yaml.safe_dump(ids).encode())
    return episodes


def chosen_interventions(run: Run) -> list[Episode]:
    """The listed episodes that are still there; none before `choose_interventions`."""
    if not run.interventions.is_file():
        return []
    ids = set(yaml.safe_load(run.interventions.read_text()) or ())
    listed = (run.replay.get(known) for known in run.replay.ids() if known in ids)
    return [episode for episode in listed if episode is not None]
