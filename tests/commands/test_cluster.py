"""Commands as jobs of submitit, whose jobs on this machine stand in for a cluster's."""

from __future__ import annotations

import os
import signal
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from ibrl_ros.cli import make_parser
from ibrl_ros.commands import benchmark
from ibrl_ros.commands.cluster import _executor, run_jobs, slurm_options
from ibrl_ros.config import ConfigError

WAIT_S = 60.0


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", textwrap.dedent(code)]


#: A command that resumes: the first time it waits to be ended, the second time it has found its trace.
RESUMING = """
    import os, pathlib, sys, time
    trace = pathlib.Path({trace!r})
    if trace.exists():
        print("resumed")
        sys.exit(0)
    trace.write_text(f"{{os.getpid()}} {{os.getppid()}}")
    time.sleep(600)
"""


def test_each_has_its_status_and_its_log_also_one_that_is_pre_empted_and_resumes(tmp_path: Path) -> None:
    trace, logs = tmp_path / "trace", {status: tmp_path / str(status) for status in (0, 1)}
    first: list[int] = []

    def pre_empt() -> None:
        deadline = time.monotonic() + WAIT_S
        while not (trace.exists() and " " in trace.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        command, job = map(int, trace.read_text().split())
        first.append(command)
        os.kill(job, signal.SIGUSR2)

    commands = {
        logs[0]: python(RESUMING.format(trace=str(trace))),
        logs[1]: python("print('I fail'); exit(1)"),
    }
    thread = threading.Thread(target=pre_empt)
    thread.start()
    ended = {one.log: one.status for one in run_jobs(commands, 2, tmp_path / "jobs", "local", {})}
    thread.join()
    assert ended == {logs[0]: 0, logs[1]: 1}
    assert (logs[0].read_text(), logs[1].read_text()) == ("resumed\n", "I fail\n")
    deadline = time.monotonic() + WAIT_S
    while Path(f"/proc/{first[0]}").exists():
        assert time.monotonic() < deadline, "the first command outlives its job"
        time.sleep(0.05)


def test_what_cannot_be_asked_of_a_cluster_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("partition", "=gpu", "partition="):
        with pytest.raises(ConfigError, match=f"--slurm {word}: expected name=value"):
            slurm_options([word])
    with pytest.raises(ConfigError, match="time=1:00: expected minutes"):
        slurm_options(["time=1:00"])
    assert slurm_options(["gpus-per-node=1"]) == {"gpus_per_node": "1"}
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="no sbatch on this machine"):
        _executor(tmp_path, "slurm", 1, {})
    for name in ("sbatch", "srun"):
        (tmp_path / name).touch(mode=0o755)
    with pytest.raises(ConfigError, match=r"--slurm: .*partitoin"):
        _executor(tmp_path, "slurm", 1, {"partitoin": "gpu"})


def test_what_slurm_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("sbatch", "srun"):
        (tmp_path / name).touch(mode=0o755)
    executor = _executor(tmp_path / "jobs", "slurm", 3, {"partition": "gpu", "time": "90", "mem": "16GB"})
    asked = executor._executor._make_submission_file_text("true", "uid")
    for line in (
        "--partition=gpu",
        "--time=90",
        "--mem=16GB",
        "--cpus-per-task=1",
        "--signal=USR2@90",
        "--requeue",
    ):
        assert f"#SBATCH {line}" in asked


def test_a_benchmark_runs_in_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the way: cells themselves are tested with the pool."""
    seen = {}

    def fake(commands, jobs, folder, cluster, options):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        seen.update(jobs=jobs, folder=folder, cluster=cluster, options=options)
        return iter(())

    monkeypatch.setattr("ibrl_ros.commands.cluster.run_jobs", fake)
    words = ["benchmark", "smoke", "--on", "slurm", "--slurm", "partition=gpu", "--jobs", "7"]
    assert benchmark.run_cells({}, tmp_path, make_parser().parse_args(words)) == 0
    assert seen == {
        "jobs": 7,
        "folder": tmp_path / "jobs",
        "cluster": "slurm",
        "options": {"partition": "gpu"},
    }
