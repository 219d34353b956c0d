"""Checks the metrics file: complete lines, increasing update numbers, none after the newest checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ibrl_ros.commands.verifying.finding import Aside, Finding, Severity
from ibrl_ros.data.durable import write_durably
from ibrl_ros.learning.metrics import FILE, parse_line
from ibrl_ros.learning.run import Run


def check_metrics(run: Run, updates: int | None) -> Iterator[Finding]:
    """Run all checks of the metrics file.

    Args:
        run: the run.
        updates: number of updates of the newest checkpoint; None if there is no checkpoint.
    """
    path = run.metrics / FILE
    if not path.is_file():
        return
    lines = path.read_text(errors="replace").splitlines(keepends=True)
    kept = going_up(lines)
    broken = sum(parse_line(line) is None for line in lines)
    if broken:
        killed = broken == 1 and not lines[-1].endswith("\n")  # while it wrote its last line
        what = f"{broken} lines are incomplete"
        todo = "the learner removes them when it resumes; --repair removes them now"
        severity: Severity = "note" if killed else "error"
        yield Finding(severity, path, what, todo, lambda aside: keep(path, kept, aside))
    superseded = len(lines) - broken - len(kept)
    if superseded:
        what = f"updates go back: {superseded} lines are of updates that were repeated later"
        yield Finding("error", path, what, "let --repair remove them", lambda aside: keep(path, kept, aside))
    known = [line for line in kept if updates is None or _updates(line) <= updates]
    if len(known) < len(kept):
        what = f"{len(kept) - len(known)} lines are of updates after the newest checkpoint ({updates:,})"
        todo = "the learner removes them when it resumes; --repair removes them now"
        yield Finding("note", path, what, todo, lambda aside: keep(path, known, aside))


def going_up(lines: list[str]) -> list[str]:
    """The complete lines, without those whose updates a later line repeats."""
    kept: list[str] = []
    for line in lines:
        if parse_line(line) is None:
            continue
        while kept and _updates(kept[-1]) >= _updates(line):
            kept.pop()
        kept.append(line)
    return kept


def keep(path: Path, kept: list[str], aside: Aside) -> str:
    """Keep only these lines in the metrics file, and save the original file in `aside/`."""
    content = "".join(kept).encode()
    if path.read_bytes() == content:
        return f"{path.name} is repaired already"
    write_durably(aside.place_for(path), path.read_bytes())
    write_durably(path, content)
    return f"kept {len(kept):,} lines in {path.name}, and saved the original in aside/"


def _updates(line: str) -> int:
    row = parse_line(line)
    assert row is not None
    return int(row["updates"])
