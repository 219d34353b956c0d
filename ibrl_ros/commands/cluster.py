"""Runs commands as an array of jobs of a cluster, through submitit; Slurm may pre-empt and requeue them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ibrl_ros.commands.pool import Ended, start
from ibrl_ros.config import ConfigError

POLL_S = 2.0
#: Wanted of each job unless the person says otherwise: one core, a day, and room for a replay buffer.
DEFAULTS: dict[str, Any] = {"time": 24 * 60, "cpus_per_task": 1, "mem": "8GB"}
#: How often a job may reach its time limit and continue in a new one.
MAX_TIMEOUTS = 1000


class Job:
    """A command as a job. Pre-empted or out of time it begins again, and the command resumes by itself.

    submitit stores it as a pickle file in the folder of jobs, which only the cluster's own processes read.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.command, self.log = list(command), log

    def __call__(self) -> int:
        """Run the command; returns its exit status."""
        return start(self.command, self.log).wait()

    def checkpoint(self) -> Any:
        """Returns the job to run next, when Slurm ends this one; the command ends with this process."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def run_jobs(
    commands: Mapping[Path, Sequence[str]],
    jobs: int,
    folder: Path,
    cluster: str,
    options: Mapping[str, str],
) -> Iterator[Ended]:
    """Run all commands as one array of jobs, and yield each when it has ended.

    At Ctrl-C all jobs are cancelled.

    Args:
        commands: commands by the log file for their output; both on a disk that all machines share.
        jobs: largest number of jobs that run at a time; on `local` all do.
        folder: folder for submitit's files, on this disk, too.
        cluster: slurm, or local: submitit's jobs on this machine, without a cluster.
        options: options of `sbatch` by their long name, such as partition; they replace DEFAULTS.

    Raises:
        ConfigError: submitit or Slurm isn't here, or there is no such option.
    """
    executor = _executor(folder, cluster, jobs, options)
    began = time.monotonic()
    with executor.batch():
        waiting = {log: executor.submit(Job(command, log)) for log, command in commands.items()}
    try:
        while waiting:
            for log, job in list(waiting.items()):
                if job.done():
                    del waiting[log]
                    yield Ended(log, _status(job, log), time.monotonic() - began)
            time.sleep(POLL_S if waiting else 0)
    finally:
        for job in waiting.values():
            job.cancel()


def _executor(folder: Path, cluster: str, jobs: int, options: Mapping[str, str]) -> Any:
    try:
        from submitit import AutoExecutor
    except ImportError as error:
        raise ConfigError("--on needs submitit: pip install -e '.[cluster]' in the checkout") from error
    if cluster == "slurm" and shutil.which("sbatch") is None:
        raise ConfigError("--on slurm: there is no sbatch on this machine; type the command where there is")
    limits = {"slurm_max_num_timeout": MAX_TIMEOUTS} if cluster == "slurm" else {}
    executor = AutoExecutor(folder=folder.resolve(), cluster=cluster, **limits)
    wanted = {**DEFAULTS, "array_parallelism": jobs, **options}
    try:
        executor.update_parameters(
            name="ibrl_benchmark",
            timeout_min=int(wanted.pop("time")),
            slurm_additional_parameters={"requeue": True},  # by Slurm itself, if a machine is lost
            **{f"slurm_{key}": value for key, value in wanted.items()},
        )
    except (NameError, ValueError) as error:
        raise ConfigError(f"--slurm: {error}") from error
    return executor


def _status(job: Any, log: Path) -> int:
    """Returns a job's exit status; if the job itself failed, 1, and its error is added to the log."""
    try:
        return int(job.result())
    except Exception as error:  # submitit's own types, and whatever a job raises
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as output:
            output.write(f"job {job.job_id}: {error}\n")
        return 1


def slurm_options(words: Sequence[str]) -> dict[str, str]:
    """Returns the options of `sbatch` by name, of words such as partition=gpu.

    Raises:
        ConfigError: a word has another form, or the time isn't a number of minutes.
    """
    found = {}
    for word in words:
        name, is_option, value = word.partition("=")
        if not name or not is_option or not value:
            raise ConfigError(f"--slurm {word}: expected name=value, such as partition=gpu")
        found[name.replace("-", "_")] = value
    if not found.get("time", "1").isdecimal():
        raise ConfigError(f"--slurm time={found['time']}: expected minutes, a whole number")
    return found
