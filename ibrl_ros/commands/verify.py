"""`ibrl verify`: checks that the files in a run's folder are complete and consistent."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ibrl_ros.commands.options import setting

if TYPE_CHECKING:
    from ibrl_ros.commands.verifying.contents import RunContents
    from ibrl_ros.commands.verifying.finding import Finding
    from ibrl_ros.learning.run import Run

HELP = "check a run's folder for damaged, missing, duplicate or inconsistent files"
CLEAN, ERRORS, NO_RUN = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", metavar="RUN", type=setting("run_dir"), help="folder of the run")
    parser.add_argument(
        "--repair",
        action="store_true",
        help="repair what can be repaired without losing data; files that are taken out are moved to "
        "RUN/aside/, none is deleted. No other program may use the run meanwhile",
    )


def run(args: argparse.Namespace) -> int:
    """Check the run, print the findings, and repair if `--repair` is given.

    Returns:
        0 if there is no error; 1 if there is one (after a repair: if one is left); 2 if RUN is not a run.
    """
    from ibrl_ros.commands.verifying.contents import is_run
    from ibrl_ros.learning.run import Run

    folder = Path(args.run).expanduser()
    if not is_run(folder):
        print(f"{folder} is not a run: it has no config.yaml, demos/, replay/ or checkpoints/")
        return NO_RUN
    opened = Run(folder)
    findings = verify(opened)
    if args.repair and repair(opened, findings):
        print("after the repair:")
        findings = verify(opened)
    return ERRORS if any(finding.severity == "error" for finding in findings) else CLEAN


def verify(opened: Run) -> list[Finding]:
    """Print all findings and a summary; return the findings."""
    from ibrl_ros.commands.verifying.contents import read_run

    contents = read_run(opened)
    findings = []
    for finding in check(contents):
        findings.append(finding)
        print(finding.line(opened.folder), flush=True)
    print(summary(contents, findings), flush=True)
    return findings


def check(contents: RunContents) -> list[Finding]:
    """The findings of all checks."""
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
    """Repair what can be repaired, and print each repair. Returns the number of repairs.

    Raises:
        RunError: another process uses the run.
    """
    from ibrl_ros.commands.verifying.finding import Aside
    from ibrl_ros.learning.run import PARTS

    for part in PARTS if any(finding.repair for finding in findings) else ():
        opened.hold(part, "ibrl verify --repair")
    aside, repaired = Aside(opened.folder), 0
    for finding in findings:
        if finding.repair is not None:
            print(f"repaired: {finding.repair(aside)}", flush=True)
            repaired += 1
    opened.release()
    return repaired


def summary(contents: RunContents, findings: list[Finding]) -> str:
    """One line: the number of episodes in each folder, and the number of findings."""
    episodes = ", ".join(
        f"{len(folder.episodes):,} in {folder.folder.relative_to(contents.run.folder)}"
        for folder in contents.folders
        if folder.episodes
    )
    counts = Counter(finding.severity for finding in findings)
    found = ", ".join(f"{counts[severity]} {severity}s" for severity in ("error", "warning", "note"))
    return f"{contents.run.folder}: episodes: {episodes or 'none'}; {found}"
