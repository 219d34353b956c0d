"""What the killer does to a run, one act at a time."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

from chaos.act import Act
from chaos.damage import damage_files, remove_episode
from chaos.lab import NODES, Lab
from full_disk import fill

#: Time after a failure on the way to the arm until the arm holds, s, as docs/reliability.md promises.
HOLD_S = 0.25
#: policy_node stops acting when reset_node has been silent for 1.5 s, at its next step.
WITHOUT_RESET_S = 1.5 + 0.1 + HOLD_S
#: Longest time until robot_node must hold after the loss of each node; None: the arm goes on without it.
HOLDS = {
    "sim_node": HOLD_S, "robot_node": HOLD_S, "policy_node": HOLD_S, "reset_node": WITHOUT_RESET_S,
    "learner_node": None,
}  # fmt: skip


Do = Callable[[Lab, Act, random.Random], None]


def kill(node: str) -> tuple[Act, Do]:
    """SIGKILL to a node."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        os.kill(lab.pid(node), signal.SIGKILL)

    return Act(f"kill {node}", "kill", limit_s=HOLDS[node]), do


def stop(node: str) -> tuple[Act, Do]:
    """SIGSTOP to a node, and SIGCONT some seconds later."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        pid, seconds = lab.pid(node), draws.uniform(0.5, 5.0)
        act.detail = f"for {seconds:.1f} s"
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    return Act(f"stop {node}", "stop", limit_s=HOLDS[node]), do


def kill_launch(*parts: str) -> tuple[Act, Do]:
    """SIGKILL to the launch of each part."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        for part in parts:
            lab.launches[part].process.kill()
        for part in parts:
            lab.await_end(part)

    return Act(f"kill the launch of {' and '.join(parts)}", "kill", limit_s=HOLD_S), do


def cut() -> tuple[Act, Do]:
    """The cable between the two machines is pulled for some seconds."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        assert lab.machines is not None
        seconds = draws.uniform(0.3, 4.0)
        act.detail = f"for {seconds:.1f} s"
        lab.machines.pull_cable()
        time.sleep(seconds)
        lab.machines.plug_cable()

    return Act("cut the cable", "cut", limit_s=HOLD_S), do


def fill_disk() -> tuple[Act, Do]:
    """The disk is full for some seconds."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        assert lab.disk is not None
        seconds = draws.uniform(3.0, 8.0)
        fill(lab.disk)
        filling = lab.disk / "filling"
        act.size = filling.stat().st_size
        act.detail = f"for {seconds:.1f} s"
        time.sleep(seconds)
        filling.unlink()

    return Act("fill the disk", "disk"), do


def damage() -> tuple[Act, Do]:
    """Policy and learner are killed, newest files damaged and an episode removed before they start again."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        lab.launches["work"].process.kill()
        lab.await_end("work")
        damage_files(lab.run, act, draws)
        if draws.random() < 0.5:
            remove_episode(lab.run, act, draws)

    return Act("damage files", "damage", limit_s=HOLD_S), do


def second_writer(node: str) -> tuple[Act, Do]:
    """A second process on the same run; it must be refused."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        code, output = lab.run_second(node)
        if code != 1 or "is in use: " not in output:
            act.faults.append(f"a second {node} wasn't refused: exit code {code}, {output[-500:]}")

    return Act(f"start a second {node}", "second"), do


def second_publisher() -> tuple[Act, Do]:
    """Another program publishes target poses for some seconds."""

    def do(lab: Lab, act: Act, draws: random.Random) -> None:
        seconds = draws.uniform(1.0, 4.0)
        act.detail = f"for {seconds:.1f} s"
        act.begun_s = lab.publish_targets(seconds)

    return Act("publish target poses", "second", limit_s=HOLD_S), do


def catalogue(lab: Lab) -> list[Callable[[], tuple[Act, Do]]]:
    """All acts that are possible here."""
    acts: list[Callable[[], tuple[Act, Do]]] = []
    for node in NODES:
        acts += [lambda node=node: kill(node), lambda node=node: stop(node)]
    for parts in (("robot",), ("work",), ("robot", "work")):
        acts.append(lambda parts=parts: kill_launch(*parts))
    acts += [damage, second_publisher]
    acts += [lambda node=node: second_writer(node) for node in ("learner_node", "policy_node")]
    if lab.machines is not None:
        acts.append(cut)
    if lab.disk is not None:
        acts.append(fill_disk)
    return acts
