"""Measures a run of very many episodes: storing one more, resuming the trainer, report, `ibrl verify`.

`python tests/data/measure_store.py [EPISODES] [FOLDER]`; the tests don't. Each stage is a process that
may have 64 files open.
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

import yaml

OPEN_FILES = 64
STEPS = 10
STAGES = ("save", "first", "resume", "report", "verify")
AGENT = "small_state"


def make(folder: Path, episodes: int) -> None:
    """Write the run's files, not one by one onto the disk."""
    from ibrl_ros.config import load_agent
    from ibrl_ros.data.codec import encode
    from ibrl_ros.data.folder_index import name_of
    from ibrl_ros.learning.synthetic import random_episode

    config = load_agent(AGENT)
    pattern = random_episode(config, 0, STEPS)
    for kind, subfolder, count in (("demo", "demos", 10), ("train", "replay", episodes)):
        (folder / subfolder).mkdir(parents=True)
        for index in range(count):
            changes = {"index": index, "id": f"{kind}-{index:032x}", "kind": kind, "seed": index}
            metadata = pattern.metadata.model_copy(update=changes)
            path = folder / subfolder / name_of(index, metadata.id)
            path.write_bytes(encode(dataclasses.replace(pattern, metadata=metadata)))
    settings = {"train": {"agent": AGENT, "seed": 1, "task": "lift"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))


def stage(name: str, folder: Path) -> int:
    """Do one stage in this process."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    return {"save": save, "first": train, "resume": train, "report": report, "verify": verify}[name](folder)


def save(folder: Path) -> int:
    """Store ten episodes more, and remove them."""
    from ibrl_ros.config import load_agent
    from ibrl_ros.data.store import EpisodeStore
    from ibrl_ros.learning.synthetic import random_episode

    store, config = EpisodeStore(folder / "replay"), load_agent(AGENT)
    first = store.next_index()
    for index in range(first, first + 10):
        started = time.monotonic()
        store.save(random_episode(config, index, STEPS))
        print(f"  saved in {1e3 * (time.monotonic() - started):.1f} ms", flush=True)
    for index in range(first, first + 10):
        store.remove(f"synthetic-{index}")
    return 0


def train(folder: Path) -> int:
    """Resume, and leave a checkpoint in which all was learned from, so that the next has all to read."""
    import torch

    from ibrl_ros.config import load_agent
    from ibrl_ros.learning.run import Run
    from ibrl_ros.learning.trainer import Trainer

    torch.set_num_threads(1)  # as the learner does
    config = load_agent(AGENT).model_copy(update={"warmup_episodes": 10**6, "learn_in_warmup": False})
    started = time.monotonic()
    trainer = Trainer(Run(folder), config, seed=1)
    print(f"  ready after {time.monotonic() - started:.1f} s, {trainer.waiting} wait", flush=True)
    if trainer.waiting:
        trainer._ids, trainer.env_steps = trainer.run.replay.ids(), trainer.stored_steps
    trainer.save()
    print(f"  {trainer.progress()['episodes']} episodes in the checkpoint", flush=True)
    return 0


def report(folder: Path) -> int:
    """What `ibrl report` does."""
    from ibrl_ros.commands.report import write_report
    from ibrl_ros.learning.run import Run

    write_report(Run(folder))
    return 0


def verify(folder: Path) -> int:
    """What `ibrl verify` does; its status is 0 only without an error."""
    from ibrl_ros.cli import make_parser

    args = make_parser().parse_args(["verify", str(folder)])
    return args.run_command(args)


def measure(name: str, folder: Path) -> dict[str, object]:
    """A stage in a process of its own: seconds by the clock and of a processor, memory, exit status."""
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, __file__, name, str(folder)])
    _, status, used = os.wait4(process.pid, 0)
    return {
        "stage": name,
        "status": os.waitstatus_to_exitcode(status),
        "wall_s": round(time.monotonic() - started, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "rss_mb": used.ru_maxrss // 1024,
    }


def main() -> None:
    """Make the run, and measure all stages."""
    if len(sys.argv) > 1 and sys.argv[1] in STAGES:
        sys.exit(stage(sys.argv[1], Path(sys.argv[2])))
    episodes = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as parent:
        folder = Path(parent) / "run"
        make(folder, episodes)
        for name in STAGES:
            print(json.dumps(measure(name, folder)), flush=True)


if __name__ == "__main__":
    main()
