"""A process that may open few files resumes a run, reports on it and verifies it.

`python few_files.py RUN LIMIT`, with the folder of a run of the state agent of small_runs.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from small_runs import learn, make_config

from ibrl_ros.cli import make_parser
from ibrl_ros.commands.report import write_report
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.trainer import Trainer


def main() -> None:
    """Do all that a run of many episodes goes through, twice: before the first checkpoint and after it."""
    run, limit = Run(Path(sys.argv[1])), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    config = make_config(warmup_episodes=10**6)
    for _ in range(2):
        trainer = Trainer(run, config, seed=1)
        learn(trainer)
        trainer.save()
        print(trainer.progress()["episodes"])
    write_report(run)
    args = make_parser().parse_args(["verify", str(run.folder)])
    sys.exit(args.run_command(args))


if __name__ == "__main__":
    main()
