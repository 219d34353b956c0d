"""`ibrl verify`: whether everything in a run's folder is whole and fits together."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibrl_ros.commands.verifying.contents import RunContents
    from ibrl_ros.commands.verifying.finding import Finding
    from ibrl_ros.learning.run import Run

HELP = "look through a run's folder: what is damaged, missing, doubled or out of order"
CLEAN, ERRORS, NO_RUN = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of the run")
    parser.add_argument(
        "--repair",
        action="store_true",
        help="mend what can be mended without losing anything; what is taken out is moved to RUN/aside/, and "
        "nothing is deleted. Nothing else may use the run meanwhile",
    )


def run(args: argparse.Namespace) -> int:
    """Look, say what was found, and mend it if asked to.

    Returns:
        0 without an error, 1 with one (after a repair: one that is left), 2 if it is no run.
    """
    from ibrl_ros.commands.verifying.contents import is_run
    from ibrl_ros.learning.run import Run

    folder = Path(args.run).expanduser()
    if not is_run(folder):
        print(f"{folder} is no run's folder: it holds none of config.yaml, demos/, replay/, checkpoints/")
        return NO_RUN
    opened = Run(folder)
    findings = verify(opened)
    if args.repair and repair(opened, findings):
        print("after the repair:")
        findings = verify(opened)
    return ERRORS if any(finding.severity == "error" for finding in findings) else CLEAN


def verify(opened: Run) -> list[Finding]:
    """All findings, which are printed, and a summary behind them."""
    from ibrl_ros.commands.verifying.contents import read_run

    contents = read_run(opened)
    findings = []
    for finding in check(contents):
        findings.append(finding)
        print(finding.line(opened.folder), flush=True)
    print(summary(contents, findings), flush=True)
    return findings


def check(contents: RunContents) -> list[Finding]:
    """What all checks find, folder by folder."""
    from ibrl_ros.commands.verifying.checkpoints import check_checkpoints
    from ibrl_ros.commands.verifying.files import check_files
    from ibrl_ros.commands.verifying.metrics import check_metrics
    from ibrl_ros.commands.verifying.numbering import check_numbering
    from ibrl_ros.commands.verifying.settings import check_settings
    from ibrl_ros.learning.checkpoint import load_facts

    facts = load_facts(contents.run.checkpoints)
    found = [finding for folder in contents.folders for finding in folder.findings]
    found += [finding for folder in contents.folders for finding in folder.cuts.findings(folder.folder)]
    found += check_numbering(contents)
    found += check_settings(contents)
    found += check_metrics(contents.run, facts.get("updates") if facts else None)
    found += check_checkpoints(contents)
    found += check_files(contents.run.folder)
    return found


def repair(opened: Run, findings: list[Finding]) -> int:
    """Mend what can be mended, saying what was done; how many findings that were.

    Raises:
        RunError: something else uses the run.
    """
    from ibrl_ros.commands.verifying.finding import Aside
    from ibrl_ros.learning.run import PARTS

    for part in PARTS if any(finding.mend for finding in findings) else ():
        opened.hold(part, "ibrl verify --repair")
    aside, mended = Aside(opened.folder), 0
    for finding in findings:
        if finding.mend is not None:
            print(f"repaired: {finding.mend(aside)}", flush=True)
            mended += 1
    opened.release()
    return mended


def summary(contents: RunContents, findings: list[Finding]) -> str:
    """What was looked at, and how much was found."""
    episodes = ", ".join(
        f"{len(folder.episodes):,} in {folder.folder.relative_to(contents.run.folder)}"
        for folder in contents.folders
        if folder.episodes
    )
    counts = Counter(finding.severity for finding in findings)
    found = ", ".join(f"{counts[severity]} {severity}s" for severity in ("error", "warning", "note"))
    return f"{contents.run.folder}: episodes: {episodes or 'none'}; {found}"
