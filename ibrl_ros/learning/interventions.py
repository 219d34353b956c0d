"""Training episodes with a takeover, from which the BC policy learns in addition to the demonstrations.

The list is written on a person's command and stays until the next such command. So training uses one BC
policy, however often it is stopped and resumed.
"""

from __future__ import annotations

import shlex

from ibrl_ros.data.episode import Episode
from ibrl_ros.data.sealed_yaml import DamagedYamlError, read_yaml, write_yaml
from ibrl_ros.learning.run import Run, RunError


def choose_interventions(run: Run) -> list[Episode]:
    """Write the list of successful episodes with a takeover so far, and return these episodes.

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
    write_yaml(run.interventions, ids)
    return sorted(episodes, key=lambda episode: episode.metadata.turn)


def chosen_interventions(run: Run) -> list[Episode]:
    """Returns the listed episodes that are still stored; none before `choose_interventions`.

    Raises:
        RunError: the list is damaged.
    """
    if not run.interventions.is_file():
        return []
    try:
        ids = set(read_yaml(run.interventions) or ())
    except (DamagedYamlError, TypeError) as error:
        folder = shlex.quote(str(run.folder))
        raise RunError(
            f"{run.interventions} is no list of episodes ({error}): make it anew with "
            f"`ibrl bc --run {folder} --with-interventions`"
        ) from error
    listed = (run.replay.get(known) for known in run.replay.ids() if known in ids)
    return sorted((one for one in listed if one is not None), key=lambda episode: episode.metadata.turn)
