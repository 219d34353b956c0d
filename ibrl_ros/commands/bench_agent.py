"""`ibrl bench update` and `act`: an agent's updates and actions, called and replayed, in turns in one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from ibrl_ros.rl import Agent, AgentConfig

EPISODES, EPISODE_STEPS = 20, 100
WARM_UP = 5  # more than the calls before a recording
ROUNDS = 4
OWN = "the agent's"

Numbers = Mapping[str, object]


def measure_update(config: AgentConfig, repeats: int, device: torch.device) -> Numbers:
    """Times of one update: all critic steps, then the actor step, each from a new sample.

    `variants` has updates per second, and updates per second of the networks in a plain loop beside them
    (`straightforward`). On a GPU each is called and replayed from graphs, in fp32 (as TF32) and in bf16.
    `times_the_limit` compares an update with its matrix products, see bench_limit.
    """
    import numpy as np

    from ibrl_ros.commands.bench_limit import times_the_limit
    from ibrl_ros.commands.bench_straightforward import straightforward_update
    from ibrl_ros.learning.device_storage import DeviceStorage
    from ibrl_ros.learning.synthetic import filled_buffer
    from ibrl_ros.learning.tensors import to_batch
    from ibrl_ros.rl.ibrl import IbrlAgent

    storage = None if device.type == "cpu" else DeviceStorage(device, EPISODES * EPISODE_STEPS)
    buffer = filled_buffer(config, EPISODES, EPISODE_STEPS, storage=storage)

    def updating(agent: Agent, learn: Callable[..., object]) -> Callable[[], None]:
        rng, settings = np.random.default_rng(0), agent.config

        def update() -> None:
            for turn in range(settings.critic_updates):
                sample = buffer.sample(settings.batch_size, rng, settings.demo_fraction)
                learn(to_batch(sample, device), update_actor=turn == settings.critic_updates - 1)
            _finish(device)

        return update

    variants = {name: updating(agent, agent.update) for name, agent in _agents(config, device).items()}
    plain = _agent(config, device)
    if type(plain) is IbrlAgent:
        variants["straightforward"] = updating(plain, straightforward_update(plain))
    about = {"batch": config.batch_size, **config.model_dump(include={"precision", "critic_updates"})}
    compared = _compared(variants, repeats)
    limit = times_the_limit(updating(plain, plain.update), str(device))
    return {"device": str(device), **about, **compared, **limit}


def measure_act(config: AgentConfig, repeats: int, device: torch.device) -> Numbers:
    """Times of one action: BC's proposal, the actor's proposal and the critic's choice.

    On a GPU the agent's part is called and replayed from a graph.
    """
    from ibrl_ros.control.step.choosers import PolicyChooser
    from ibrl_ros.data.episode import ACTION_DIM
    from ibrl_ros.learning.synthetic import random_episode
    from ibrl_ros.learning.tensors import observation_spec
    from ibrl_ros.rl import build_bc

    episode = random_episode(config, 0, EPISODE_STEPS)
    arrays = {name: array[0] for name, array in episode.observations.items()}

    def acting(agent: Agent) -> Callable[[], object]:
        bc = build_bc(config, observation_spec(episode, config), ACTION_DIM, 0, device)
        chooser = PolicyChooser(config, bc, agent)
        chooser.begin(seed=0)
        return lambda: chooser.choose(arrays, explore=True)  # gives an action on the processor, so it waits

    agents = {name: agent for name, agent in _agents(config, device).items() if not name.startswith("bf16")}
    return {
        "device": str(device),
        **_compared({name: acting(agent) for name, agent in agents.items()}, repeats),
    }


def times_ms(measured: Callable[[], object], repeats: int) -> list[float]:
    """Times of calls, ms."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        measured()
        times.append(1000 * (time.perf_counter() - started))
    return times


def percentiles(times: list[float]) -> dict[str, float]:
    """Percentiles of times in ms, and their number."""
    import numpy as np

    spread = {f"p{part}_ms": round(float(np.percentile(times, part)), 3) for part in (10, 50, 90, 99)}
    return {"repeats": len(times), **spread}


def _agents(config: AgentConfig, device: torch.device) -> dict[str, Agent]:
    """The agents to compare by name; the first is what a run would use."""
    agents = {OWN: _agent(config, device)}
    for precision in ("fp32", "bf16") if device.type == "cuda" else ():
        changed = config.model_copy(update={"precision": precision})
        agents[f"{precision} called"] = _agent(changed, device)
        agents[f"{precision} called"].calls.recorder = None
        agents[f"{precision} replayed"] = _agent(changed, device)
    return agents


def _agent(config: AgentConfig, device: torch.device) -> Agent:
    from ibrl_ros.data.episode import ACTION_DIM
    from ibrl_ros.learning.synthetic import random_episode
    from ibrl_ros.learning.tensors import observation_spec
    from ibrl_ros.rl import build_agent

    return build_agent(config, observation_spec(random_episode(config, 0, 1), config), ACTION_DIM, 0, device)


def _compared(variants: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Any]:
    """Percentiles of the first variant, and of each with its calls per second, measured in turns."""
    for call in variants.values():
        times_ms(call, WARM_UP)
    times: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(ROUNDS):
        for name, call in variants.items():
            times[name] += times_ms(call, repeats // ROUNDS + (turn < repeats % ROUNDS))
    each = {name: percentiles(one) for name, one in times.items()}
    rates = {name: {"a_second": round(1000 / one["p50_ms"], 1), **one} for name, one in each.items()}
    return {**next(iter(each.values())), "variants": rates}


def _finish(device: torch.device) -> None:
    """Wait for a GPU."""
    import torch

    if device.type == "cuda":
        torch.cuda.synchronize(device)
