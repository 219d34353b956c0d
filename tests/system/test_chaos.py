"""Everything that can fail fails, again and again, while a run trains; `make chaos` does it for longer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from chaos.killer import torment
from chaos.lab import Lab
from chaos.report import judge
from full_disk import small_disk
from launches import wait_until
from machines import two_machines

from ibrl_ros.learning.run import Run

MINUTES = float(os.environ.get("CHAOS_MINUTES", "1.2"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))
#: What a machine on which other tests run adds to a hold, s.
SLACK_S = float(os.environ.get("CHAOS_SLACK_S", "0.75"))
SHARES = {"real_time": 0.7, "lockstep": 0.3}
DISK_KB = 128 * 1024
#: Steps that are never reached, so that the run goes on until it is told to end.
MAX_STEPS = 1_000_000


@contextmanager
def laboratory(
    clock: str, configs: Path, collected: Run, folder: Path, say: Callable[[str], None]
) -> Iterator[Lab]:
    """A run that has begun to train, on two machines and a small disk where that is possible."""
    with ExitStack() as stack:
        disk = machines = None
        try:
            disk = stack.enter_context(small_disk(folder, DISK_KB))
        except pytest.skip.Exception as reason:
            say(f"the disk isn't filled: {reason}")
        try:
            machines = stack.enter_context(two_machines(folder))
        except pytest.skip.Exception as reason:
            say(f"no cable is cut: {reason}")
        run = Run((disk or folder) / "run")
        shutil.copytree(collected.demos.folder, run.demos.folder)
        settings = {
            "task": configs / "task.yaml", "agent": configs / "state.yaml", "clock": clock, "seed": SEED,
            "max_steps": MAX_STEPS,
        }  # fmt: skip
        lab = Lab(folder / "lab", run, settings, machines, disk)
        stack.callback(lab.close)
        wait_until(lab.learns, lab.output)
        yield lab


@pytest.mark.timeout(60 * MINUTES + 600)
@pytest.mark.parametrize("clock", SHARES)
def test_a_run_survives_everything_that_can_fail(
    clock: str, configs: Path, collected: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)

    say(f"\nchaos, {clock}: seed {SEED}, {SHARES[clock] * MINUTES:.1f} minutes")
    with laboratory(clock, configs, collected, tmp_path, say) as lab:
        acts = torment(lab, SHARES[clock] * MINUTES * 60, SEED, say)
        faults = lab.finish()
        found, summary = judge(lab, acts, slack_s=SLACK_S, timed=clock == "real_time")
    faults += found
    say(f"chaos, {clock}: seed {SEED}, {summary}; {len(faults)} faults")
    assert not faults, "\n".join([f"seed {SEED}:", *faults])
