"""Damages the newest files of a run while none of its nodes writes them, and notes what it destroyed."""

from __future__ import annotations

import random
from pathlib import Path

from chaos.act import Act

from ibrl_ros.data.folder_index import parse_name
from ibrl_ros.learning.checkpoint import LEARNER, checkpoints
from ibrl_ros.learning.run import Run


def damage_files(run: Run, act: Act, draws: random.Random) -> None:
    """Truncate one to three of the newest files, or flip bits in them.

    Of two copies one stays: the newest checkpoint is damaged only if there is one before it, and of
    config.yaml either the file or its copy.
    """
    for path in draws.sample(candidates(run, draws), k=draws.randint(1, 3)):
        content = bytearray(path.read_bytes())
        if draws.random() < 0.5:
            kept = draws.randrange(len(content))
            act.size += len(content) - kept
            path.write_bytes(content[:kept])
            act.detail += f" truncated {path.name} to {kept} bytes;"
        else:
            for _ in range(draws.randint(1, 8)):
                content[draws.randrange(len(content))] ^= 1 << draws.randrange(8)
                act.size += 1
            path.write_bytes(content)
            act.detail += f" flipped bits in {path.name};"
        note(path, act)


def candidates(run: Run, draws: random.Random) -> list[Path]:
    """The files that may be damaged, not empty, at least three where the run has so many."""
    found = [*run.replay.paths()[-2:], *run.spool.paths()[-1:], run.bc]
    found.append(run.folder / draws.choice(["config.yaml", "config.yaml.copy"]))
    kept = checkpoints(run.checkpoints)
    if len(kept) > 1:
        found.append(kept[-1] / LEARNER)
    found += run.metrics.glob("*.jsonl")
    return [path for path in found if path.is_file() and path.stat().st_size > 0]


def remove_episode(run: Run, act: Act, draws: random.Random) -> None:
    """Remove an episode that the learner has stored."""
    paths = run.replay.paths()
    if paths:
        path = draws.choice(paths)
        act.size += path.stat().st_size
        path.unlink()
        act.detail += f" removed {path.name};"
        note(path, act)


def note(path: Path, act: Act) -> None:
    """Note what is destroyed: the name of the file, or of its checkpoint, and the episode's id."""
    act.destroyed.add(path.parent.name if path.name == LEARNER else path.name)
    parsed = parse_name(path.name)
    if parsed is not None:
        act.destroyed.add(parsed[1])
