"""Judges a run after its acts: faults, and the summary of a run."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence

from chaos.act import Act
from chaos.judgement import (
    cut_off,
    duplicates,
    ended_episodes,
    holds,
    late_holds,
    learning_faults,
    lost_episodes,
    percentile,
    unexplained,
)
from chaos.lab import Lab


def judge(lab: Lab, acts: Sequence[Act], *, slack_s: float, timed: bool) -> tuple[list[str], str]:
    """Returns faults, and the summary; for a run whose processes have ended.

    Args:
        lab: the run.
        acts: the acts.
        slack_s: time that the machine may add to a hold, s.
        timed: whether the run's steps follow the wall clock, so that holds are judged.
    """
    lab.heard.update()
    records, run = lab.heard.records, lab.run
    kept = [*run.replay.ids(), *run.spool.ids()]
    found = holds(records, acts) if timed else []
    faults = [f"{act.name} {act.detail}: {fault}" for act in acts for fault in act.faults]
    faults += [f"episode {one} ended and is nowhere" for one in lost_episodes(records, acts, kept)]
    faults += [f"episode {one} is there more than once" for one in duplicates(kept)]
    faults += [f"ibrl verify: {line}" for line in unexplained(verify(lab), acts)]
    faults += learning_faults(records)
    faults += late_holds(found, slack_s)
    faults += [line for line in lab.output().splitlines() if "Traceback" in line]
    return faults, summary(lab, acts, [hold.after_s for hold in found])


def verify(lab: Lab) -> list[str]:
    """The lines of `ibrl verify`."""
    command = [sys.executable, "-m", "ibrl_ros.cli", "verify", str(lab.run.folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    return [*ended.stdout.splitlines(), *(f"error: {line}" for line in ended.stderr.splitlines())]


def summary(lab: Lab, acts: Sequence[Act], held_s: Sequence[float]) -> str:
    """Counts of all that was done, and of what the run did, as one line."""
    counts, records = Counter(act.kind for act in acts), lab.heard.records
    done = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    told = [r for r in records if r["kind"] == "learner/status" and r.get("updates")]
    learned = f"{told[-1]['updates']} updates" if told else "no updates"
    held = f"{len(held_s)} holds"
    if held_s:
        held += f": p50 {percentile(held_s, 0.5):.3f} s, p99 {percentile(held_s, 0.99):.3f} s"
    ended = ended_episodes(records)
    return (
        f"{len(acts)} acts ({done}); {sum(act.size for act in acts):,} bytes destroyed or filled; "
        f"{lab.restarts} launches started again; {len(ended)} episodes ended "
        f"({len(cut_off(records, acts))} with a kill at their end), {len(lab.run.replay)} stored; "
        f"{learned}; {held}"
    )
