"""Measures a long run's replay buffer: learning from 100,000 steps of one camera, and resuming.

`python tests/learning/measure_replay.py [EPISODES] [MEMORY_GB] [FOLDER]`; the tests don't. An episode has 100
steps. Each stage is a process that may have 64 files open. `again` is a resume without BC's kept proposals.
"""

from __future__ import annotations

import dataclasses
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibrl_ros.rl.config import AgentConfig

OPEN_FILES = 64
STEPS = 100
AGENT = "small_pixels"
STAGES = ("learn", "resume", "again")


def make_config() -> AgentConfig:
    """The shipped agent, with few updates and a BC policy that is hardly trained."""
    from ibrl_ros.config import load_agent
    from ibrl_ros.config.loader import parse_agent

    content = load_agent(AGENT).model_dump()
    changes = {"updates_per_step": 0.001, "warmup_episodes": 0, "bc": {**content["bc"], "steps": 20}}
    return parse_agent(AGENT, {**content, **changes})


def make(folder: Path, episodes: int) -> None:
    """Write the run's files, not one by one onto the disk."""
    from ibrl_ros.data.codec import encode
    from ibrl_ros.data.folder_index import name_of
    from ibrl_ros.learning.synthetic import random_episode

    config = make_config()
    for kind, subfolder, count in (("demo", "demos", 10), ("train", "replay", episodes)):
        (folder / subfolder).mkdir(parents=True)
        for index in range(count):
            episode = random_episode(config, 2 * index + (kind == "train"), STEPS)
            metadata = episode.metadata.model_copy(update={"index": index})
            path = folder / subfolder / name_of(index, metadata.id)
            path.write_bytes(encode(dataclasses.replace(episode, metadata=metadata)))


def stage(folder: Path, memory_gb: float) -> None:
    """Resume, learn from all that waits, and leave a checkpoint; print what it took."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    import torch

    from ibrl_ros.learning.replay_room import ReplayRoom
    from ibrl_ros.learning.run import Run
    from ibrl_ros.learning.trainer import Trainer
    from ibrl_ros.rl.allocator import keep_freed_memory

    torch.set_num_threads(1)  # as the learner does
    keep_freed_memory()
    started = time.monotonic()
    trainer = Trainer(Run(folder), make_config(), seed=1, room=ReplayRoom(memory_gb))
    ready = time.monotonic()
    while trainer.waiting or trainer.due > 0:
        trainer.update() if trainer.due > 0 else trainer.ingest()
    learned = time.monotonic()
    updates = trainer.updates
    trainer._learning_steps += 20_000  # 20 updates more, from the whole buffer
    while trainer.due > 0:
        trainer.update()
    an_update = (time.monotonic() - learned) / (trainer.updates - updates)
    trainer._learning_steps -= 20_000
    trainer.updates = updates
    trainer.save()
    seconds = {"resume_s": ready - started, "learn_s": learned - ready, "update_s": an_update}
    print(
        json.dumps(
            {
                **{name: round(value, 3) for name, value in seconds.items()},
                "steps": trainer.env_steps,
                "updates": updates,
                "transitions": trainer._buffer.num_transitions,
                "buffer_gb": round(trainer._buffer.nbytes / 1e9, 2),
                "descriptors": len(list(Path("/proc/self/fd").iterdir())) - 1,
            }
        ),
        flush=True,
    )


def measure(name: str, folder: Path, memory_gb: str) -> dict[str, object]:
    """A stage in a process of its own: what it prints, seconds of a processor, memory, exit status."""
    if name == "again":
        (folder / "bc" / "proposals.cache").unlink()
    arguments = [sys.executable, __file__, "stage", str(folder), memory_gb]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    return {
        "stage": name,
        "status": os.waitstatus_to_exitcode(status),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "rss_mb": used.ru_maxrss // 1024,
        **(json.loads(said) if said else {}),
    }


def main() -> None:
    """Make the run, and measure all stages."""
    if sys.argv[1:2] == ["stage"]:
        stage(Path(sys.argv[2]), float(sys.argv[3]))
        return
    episodes, memory_gb = (sys.argv[1:3] + ["1000", "0.3"][len(sys.argv) - 1 :])[:2]
    with tempfile.TemporaryDirectory(dir=sys.argv[3] if len(sys.argv) > 3 else None) as parent:
        folder = Path(parent) / "run"
        make(folder, int(episodes))
        for name in STAGES:
            print(json.dumps(measure(name, folder, memory_gb)), flush=True)


if __name__ == "__main__":
    main()
