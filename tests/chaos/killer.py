"""Does one act after another, in an order and at moments that its seed gives, until its time is over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

from chaos.act import Act
from chaos.acts import Do, catalogue
from chaos.lab import Lab

#: Longest time until an episode has begun and ended well after an act, s.
RECOVERY_S = 120.0
#: Longest wait for the moment of an act, s.
MOMENT_S = 20.0


def torment(lab: Lab, seconds: float, seed: int, say: Callable[[str], None]) -> list[Act]:
    """Act until the time is over, each act after the run has recovered from the one before.

    Args:
        lab: the run.
        seconds: time, s.
        seed: seed of the order, the moments, and all that the acts draw.
        say: told of each act when it is over.

    Returns:
        The acts.
    """
    draws, acts = random.Random(seed), []
    begun_s = time.monotonic()
    for make in _endless(catalogue(lab), draws):
        if time.monotonic() - begun_s > seconds:
            return acts
        act, do = make()
        _await_moment(lab, draws)
        _act(lab, act, do, random.Random(draws.random()))
        acts.append(act)
        recovered = lab.heard.wait(lambda act=act: lab.heard.ended(act.over_s), RECOVERY_S)
        took_s = time.monotonic() - act.over_s
        if not recovered:
            act.faults.append(f"no episode ended well within {RECOVERY_S:.0f} s after it")
        say(f"{act.begun_s - begun_s:7.1f} s: {act.name} {act.detail} (an episode later: {took_s:.1f} s)")
        if not recovered:
            return acts
    raise AssertionError("the acts are endless")


def _endless(makes: list[Callable[[], tuple[Act, Do]]], draws: random.Random) -> Iterator[Callable]:
    while True:
        yield from draws.sample(makes, k=len(makes))


def _act(lab: Lab, act: Act, do: Do, draws: random.Random) -> None:
    act.begun_s = time.monotonic()
    try:
        do(lab, act, draws)
        act.over_s = time.monotonic()
        lab.revive(act.name.removeprefix("kill "))
    except AssertionError as error:  # something doesn't end
        act.faults.append(str(error))
    act.over_s = act.over_s or time.monotonic()


def _await_moment(lab: Lab, draws: random.Random) -> None:
    """Wait for a moment within an episode, or, one time in four, for the moment after its end."""
    within, share = draws.random() < 0.75, draws.random()
    heard = lab.heard
    heard.wait(heard.running, MOMENT_S)
    if within:
        time.sleep(share * lab.episode_s)
    else:
        heard.wait(lambda: heard.newest("episode/status").get("state") != "running", MOMENT_S)
