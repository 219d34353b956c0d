"""Updates and actions that are replayed from fixed memory are those that are called; without a GPU.

The recorder here calls the function again. What a CUDA graph itself does has never been run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import torch
from small_agents import ACTION_DIM, SPEC, make_actions, make_batch, make_config, make_obs
from torch import Tensor

from ibrl_ros.rl import Agent, build_agent
from ibrl_ros.rl.graphs import WARM_UPS

CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "soft": {"act_method": "ibrl_soft", "bootstrap_method": "ibrl_soft", "act_epsilon": 0.5},
    "edits": {"actor": {"hidden_dim": 16, "edit_scale": 0.2}},
    "rft": {"algorithm": "rft", "act_method": "rl", "bootstrap_method": "rl"},
    "averaged": {"average_decay": 0.9},
}


class CallsAgain:
    """Recorder whose replay calls the function again, with the memory of the recording."""

    def __init__(self) -> None:
        self.recorded, self.replayed = 0, 0

    def aside(self) -> nullcontext[None]:
        return nullcontext()

    def record(self, call: Callable[[], Any]) -> Callable[[], Any]:
        self.recorded += 1

        def replay() -> Any:
            self.replayed += 1
            return call()

        return replay


class CanNot(CallsAgain):
    """Recorder that fails as a capture does."""

    def record(self, call: Callable[[], Any]) -> Callable[[], Any]:
        raise RuntimeError("operation not permitted when stream is capturing")


def pair(observation: str, recorder: CallsAgain, **changes: Any) -> tuple[Agent, Agent]:
    """An agent that calls, and one that replays."""
    config = make_config(observation, **changes)
    called, replayed = (build_agent(config, SPEC, ACTION_DIM, 0) for _ in range(2))
    replayed.calls.recorder = recorder
    return called, replayed


def update(agent: Agent, number: int) -> dict[str, Tensor]:
    """The critic's update, in every second one the actor's too."""
    actor = number % 2 == 1
    demos = make_batch(seed=100 + number) if actor and agent.needs_demos else None
    return agent.update(make_batch(seed=number), update_actor=actor, demos=demos)


def same(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> bool:
    return ours.keys() == theirs.keys() and all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("case", CASES)
def test_replayed_updates_are_those_that_are_called(observation: str, case: str) -> None:
    recorder = CallsAgain()
    called, replayed = pair(observation, recorder, **CASES[case])
    rows = [[update(agent, number) for number in range(2 * WARM_UPS + 4)] for agent in (called, replayed)]
    assert all(same(*row) for row in zip(*rows, strict=True))
    assert same(called.state_dict(), replayed.state_dict())
    assert (recorder.recorded, recorder.replayed) == (2, 4)  # the critic's, and that with the actor


@pytest.mark.parametrize("explore", [False, True])
def test_replayed_actions_are_those_that_are_called(observation: str, explore: bool) -> None:
    recorder = CallsAgain()
    noise = {"start": 0.5, "end": 0.0, "steps": 4}
    called, replayed = pair(observation, recorder, exploration_std=noise, **CASES["soft"])
    for agent in (called, replayed):
        agent.begin(5)
    for step in range(4):
        obs, proposals = make_obs(1, step), make_actions(1, 2, seed=step)
        ours, theirs = (
            agent.act(obs, proposals, explore=explore, env_step=step) for agent in (called, replayed)
        )
        assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert torch.equal(called.draws.get_state(), replayed.draws.get_state())
    assert (recorder.recorded, recorder.replayed) == (1, 3)


def test_what_was_returned_stays_when_the_next_is_replayed() -> None:
    _, agent = pair("state", CallsAgain(), act_method="rl", exploration_std=0.0)
    memory: list[Tensor] = []

    def in_place(x: Tensor) -> Tensor:  # as a graph writes its results
        memory.append(x) if not memory else memory[0].copy_(x)
        return memory[0]

    results = [
        agent.calls("f", in_place, agent.draws, torch.full((2,), float(k)), repeatable=True) for k in range(4)
    ]
    assert [result.tolist() for result in results[1:]] == [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]


def test_a_resumed_agent_does_not_replay_the_memory_of_before() -> None:
    recorder = CallsAgain()
    _, agent = pair("state", recorder)
    for _ in range(WARM_UPS + 1):
        update(agent, 0)
    assert recorder.recorded == 1
    agent.load_state_dict({key: value.clone() for key, value in agent.state_dict().items()})
    update(agent, 0)
    assert recorder.replayed == 1


def test_where_nothing_can_be_recorded_it_goes_on_and_says_why_once(caplog: pytest.LogCaptureFixture) -> None:
    called, replayed = pair("state", CanNot())
    with caplog.at_level(logging.WARNING):
        for number in range(2 * WARM_UPS + 4):
            ours, theirs = (update(agent, number) for agent in (called, replayed))
            assert same(ours, theirs)
    assert same(called.state_dict(), replayed.state_dict())
    (said,) = caplog.messages
    assert "no CUDA graphs on cpu" in said and "not permitted when stream is capturing" in said
