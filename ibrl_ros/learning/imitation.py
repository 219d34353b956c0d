"""Behaviour cloning: trains the BC policy, and stores it with a hash of its data and settings."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from ibrl_ros.data.episode import ACTION_DIM, Episode
from ibrl_ros.data.store import set_aside
from ibrl_ros.learning.bc_training import Progress, fit
from ibrl_ros.learning.interventions import chosen_interventions
from ibrl_ros.learning.run import Run, RunError, config_hash
from ibrl_ros.learning.tensors import observation_spec
from ibrl_ros.learning.weights import pack, read, write
from ibrl_ros.learning.weights_error import WeightsError
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.build import build_bc
from ibrl_ros.rl.proposals.committee import Committee
from ibrl_ros.rl.snapshot import MismatchError, load_weights
from ibrl_ros.rl.spec import ObservationSpec

#: Origin of a policy that was imported from a file.
IMPORTED = "imported"


def demonstrations(run: Run) -> list[Episode]:
    """Returns the run's successful demonstrations.

    Raises:
        RunError: there are none, or their actions differ in size.
    """
    demos = [demo for demo in run.demos.iterate() if demo.metadata.succeeded]
    if not demos:
        raise RunError(
            f"no successful demonstration in {run.demos.folder}: record some with "
            f"`ros2 launch ibrl_ros collect_demos.launch.py {_run_dir(run)}`"
        )
    for demo in demos:
        if demo.action_dim != demos[0].action_dim:
            raise RunError(
                f"demonstration {demo.metadata.id} in {run.demos.folder} has actions of {demo.action_dim} "
                f"values, those before it {demos[0].action_dim}: keep demonstrations of one robot in a run"
            )
    return demos


def train_bc(
    episodes: Sequence[Episode],
    config: AgentConfig,
    seed: int,
    progress: Progress | None = None,
    device: torch.device = CPU,
) -> BcPolicy:
    """Returns a policy trained on the steps that a person showed; a function of the arguments alone.

    Args:
        episodes: demonstrations, and training episodes in which a person took over.
        config: configuration of the agent.
        seed: seed of weights and batches.
        progress: callback after each step.
        device: device of the training, and of the policy.

    Raises:
        ValueError: the episodes lack an observation of the agent, or are too few to hold any out.
    """
    spec, action_dim = observation_spec(episodes[0], config), episodes[0].action_dim
    policies = [
        fit(build_bc(one, spec, action_dim, seed + index, device), episodes, one, seed + index, progress)
        for index, one in enumerate(config.imitations)
    ]
    return policies[0] if len(policies) == 1 else Committee(policies)


def obtain_bc(
    run: Run,
    demos: Sequence[Episode],
    config: AgentConfig,
    seed: int,
    progress: Progress | None = None,
    device: torch.device = CPU,
) -> BcPolicy:
    """Returns the run's BC policy; trains it if none is stored for these demonstrations and settings.

    Training uses the run's `chosen_interventions`, too. A damaged file is set aside. An imported policy is
    used with any demonstrations.

    Raises:
        RunError: an imported policy belongs to another agent configuration.
        FloatingPointError: the loss is not finite.
        ValueError: the demonstrations lack an observation of the agent, or are too few to hold any out.
    """
    episodes = [*demos, *chosen_interventions(run)]
    executed = {} if config.taught == "requested" else {"taught": config.taught}
    origin = config_hash(
        {"bc": [one.bc.model_dump() for one in config.imitations], "seed": seed, "stack": config.prop_stack,
         "cameras": config.cameras, "observation": config.observation,
         "demos": [episode.metadata.id for episode in episodes], **executed}
    )  # fmt: skip
    try:
        tensors, facts = read(run.bc)
    except FileNotFoundError:
        pass
    except WeightsError as error:
        set_aside(run.bc, error)
    else:
        if facts["origin"] in (origin, IMPORTED):
            return _restore_stored(run, tensors, facts, config, device)
    policy = train_bc(episodes, config, seed, progress, device)
    facts = {"origin": origin, **shape_facts(demos[0], config), "demos": len(demos)}
    write(run.bc, pack(policy.state_dict(), facts))
    return policy


def load_bc(run: Run, config: AgentConfig, device: torch.device = CPU) -> tuple[BcPolicy, dict]:
    """Returns the stored BC policy and its facts.

    Raises:
        RunError: none was trained, the file is damaged, or it belongs to another agent configuration.
    """
    if not run.bc.is_file():
        raise RunError(
            f"no BC policy in {run.folder}: it is trained by train_online.launch.py {_run_dir(run)}"
        )
    try:
        tensors, facts = read(run.bc)
    except WeightsError as error:
        folder = shlex.quote(str(run.folder))
        raise RunError(f"{error}: train it anew with `ibrl bc --run {folder}`") from error
    return _restore_stored(run, tensors, facts, config, device), facts


def _run_dir(run: Run) -> str:
    """The launch argument run_dir:=..., quoted for a shell."""
    return shlex.quote(f"run_dir:={run.folder}")


def _restore_stored(
    run: Run, tensors: dict[str, torch.Tensor], facts: dict, config: AgentConfig, device: torch.device
) -> BcPolicy:
    try:
        return restore_bc(tensors, facts, config, device)
    except MismatchError as error:
        raise RunError(f"{run.bc}: {error}") from error


def restore_bc(
    tensors: dict[str, torch.Tensor], facts: dict, config: AgentConfig, device: torch.device = CPU
) -> BcPolicy:
    """Returns a BC policy made from stored weights and facts.

    Raises:
        MismatchError: the weights belong to another agent configuration.
    """
    policy = build_bc(config, spec_from(facts), action_dim_from(facts), seed=0, device=device)
    load_weights(policy, tensors)
    return policy.eval()


def shape_facts(episode: Episode, config: AgentConfig) -> dict[str, Any]:
    """Returns the shapes of a recorded episode's observations and actions, as facts to store with weights.

    Raises:
        ValueError: the episode lacks an observation of the agent.
    """
    return {"spec": asdict(observation_spec(episode, config)), "action_dim": episode.action_dim}


def spec_from(facts: dict) -> ObservationSpec:
    """Returns the observations' shapes from the facts stored with weights."""
    spec = facts["spec"]
    images = {camera: tuple(shape) for camera, shape in spec["images"].items()}
    return ObservationSpec(images, spec["prop_dim"], spec["state_dim"])


def action_dim_from(facts: dict) -> int:
    """Returns the size of an action from these facts; files of older versions lack it: ACTION_DIM."""
    return facts.get("action_dim", ACTION_DIM)
