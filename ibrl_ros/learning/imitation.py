"""Behaviour cloning: trains the imitation policy, and stores it with a hash of what it was trained on."""

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
from ibrl_ros.learning.weights import WeightsError, pack, read, write
from ibrl_ros.rl.config import AgentConfig
from ibrl_ros.rl.device import CPU
from ibrl_ros.rl.proposals.bc_policy import BcPolicy
from ibrl_ros.rl.proposals.build import build_bc
from ibrl_ros.rl.proposals.committee import Committee
from ibrl_ros.rl.snapshot import MismatchError, load_weights
from ibrl_ros.rl.spec import ObservationSpec

#: Origin of a policy that wasn't trained here.
IMPORTED = "imported"


def demonstrations(run: Run) -> list[Episode]:
    """The run's demonstrations that succeeded.

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
    """A policy fitted to what a person showed; a function of that, the configuration and the seed.

    Args:
        episodes: demonstrations, and training episodes in which a person took over.
        config: configuration of the agent.
        seed: seed of weights and batches.
        progress: called after each step.
        device: on which it is trained, and stays.

    Raises:
        ValueError: the episodes lack what the agent observes, or are too few to hold any out.
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
    """The run's BC policy; trained now if there is none for these demonstrations and settings.

    It learns from the run's `chosen_interventions`, too. A damaged one is set aside. An imported one is taken
    whatever the demonstrations are.

    Raises:
        RunError: an imported policy belongs to another agent configuration.
        FloatingPointError: the loss is not finite.
        ValueError: the demonstrations lack what the agent observes, or are too few to hold any out.
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
    """The stored BC policy and its facts.

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
    """A BC policy from its weights and the facts stored beside them.

    Raises:
        MismatchError: the weights belong to another agent configuration.
    """
    policy = build_bc(config, spec_from(facts), action_dim_from(facts), seed=0, device=device)
    load_weights(policy, tensors)
    return policy.eval()


def shape_facts(episode: Episode, config: AgentConfig) -> dict[str, Any]:
    """Shapes of what the agent sees and does, read off a recorded episode, as facts to store beside weights.

    Raises:
        ValueError: the episode lacks what the agent observes.
    """
    return {"spec": asdict(observation_spec(episode, config)), "action_dim": episode.action_dim}


def spec_from(facts: dict) -> ObservationSpec:
    """The observation's shapes, from the facts stored beside weights."""
    spec = facts["spec"]
    images = {camera: tuple(shape) for camera, shape in spec["images"].items()}
    return ObservationSpec(images, spec["prop_dim"], spec["state_dim"])


def action_dim_from(facts: dict) -> int:
    """The size of an action, from the same facts; files of older versions lack it, and have a robot's."""
    return facts.get("action_dim", ACTION_DIM)
