"""Copies a run's folder again and again while all nodes write to it, and opens each copy.

`python tests/system/measure_copies.py --copies 200` prints one JSON line: how many copies open, and how many
lack an episode that had ended before the copy began.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from domain_coordinator import domain_id

sys.path.insert(0, str(Path(__file__).parent))
from measure_resume import STEPS, Lab, ended

from ibrl_ros.learning.checkpoint import load_checkpoint
from ibrl_ros.learning.run import Run

#: Episodes between two interruptions of the launch, and time between two copies.
STOP_EVERY, PAUSE_S = 4, 0.3


def kept(run: Run) -> set[str]:
    """Ids of the episodes that have ended; in this order, because they move from the first to the second."""
    return {*run.spool.ids(), *run.replay.ids()}


def copied(run: Run, to: Path) -> Run:
    """Copy the folder as `cp -a` does; files that vanish meanwhile are left out."""
    with suppress(shutil.Error):
        shutil.copytree(run.folder, to, symlinks=True)
    return Run(to)


def fault(run: Run, before: set[str]) -> str:
    """What is wrong with a copy; empty if it opens with all episodes that had ended before."""
    try:
        run.config()
        episodes = {
            one.metadata.id for store in (run.demos, run.spool, run.replay) for one in store.iterate()
        }
        load_checkpoint(run.checkpoints)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    damaged = [str(path) for path in run.folder.rglob("*.corrupt")]
    missing = before - episodes
    return " ".join([*damaged, *(f"lacks {one}" for one in sorted(missing))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=200)
    arguments = parser.parse_args()
    faults, copies, with_checkpoint, with_episodes = [], 0, 0, 0
    with domain_id() as number, tempfile.TemporaryDirectory() as name:
        os.environ |= {"ROS_DOMAIN_ID": str(number), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        lab, runs = Lab(Path(name)), 0
        while copies < arguments.copies:
            run = lab.new_run(f"run_{runs}")
            launch, runs, due = lab.train(run), runs + 1, STOP_EVERY
            while copies < arguments.copies:
                if launch.process.poll() is not None:
                    if sum(map(len, run.replay.iterate())) >= STEPS:
                        break
                    launch = lab.train(run)
                if ended(run) >= due:  # which writes a checkpoint
                    due += STOP_EVERY
                    launch.interrupt()
                time.sleep(PAUSE_S)
                if not (run.folder / "config.yaml").exists():
                    continue
                before, copies = kept(run), copies + 1
                copy = copied(run, Path(name) / "copy")
                if found := fault(copy, before):
                    faults.append(found)
                with_checkpoint += any(copy.checkpoints.glob("*step_*"))
                with_episodes += bool(before)
                shutil.rmtree(copy.folder)
            launch.end()
    done = {
        "copies": copies,
        "runs": runs,
        "with_checkpoint": with_checkpoint,
        "with_episodes": with_episodes,
        "faults": len(faults),
    }
    print(json.dumps({**done, "first": faults[:5]}))
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
