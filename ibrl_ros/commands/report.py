"""`ibrl report`: writes a run's summary as table and JSON, and its learning curve."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from ibrl_ros.commands.options import add_setting
from ibrl_ros.commands.record import DemoRecord

if TYPE_CHECKING:
    from ibrl_ros.learning.run import Run

HELP = "summarise a run: report/summary.json, report/learning_curve.png and a table"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_setting(parser, "--run", "run_dir", help="folder of the run")


def run(args: argparse.Namespace) -> int:
    """Write and print the report.

    Raises:
        RunError: no run folder.
    """
    from ibrl_ros.learning.run import Run

    write_report(Run(args.run).require())
    return 0


def write_report(run: Run) -> None:
    """Write summary and learning curve (if the run has training episodes) into the run; print the table."""
    from ibrl_ros.commands.learning_curve import draw_learning_curve
    from ibrl_ros.learning.summary import load_evaluation, load_training, summarize
    from ibrl_ros.learning.weights import write

    training = load_training(run)
    summary = summarize(run, DemoRecord.load(run.folder).wall_s, training)
    write(run.report / "summary.json", (json.dumps(summary, indent=2) + "\n").encode())
    print(table(summary))
    print(f"  {run.report / 'summary.json'}")
    if training is not None:
        evaluations = {name: load_evaluation(run.evaluation(name)) for name in ("bc", "ibrl")}
        present = {name: evaluation for name, evaluation in evaluations.items() if evaluation is not None}
        title = f"{summary['task']} from {summary['observation']}, {summary['agent']}, seed {summary['seed']}"
        draw_learning_curve(run.report / "learning_curve.png", title, training, present)
        print(f"  {run.report / 'learning_curve.png'}")


def table(summary: dict[str, Any]) -> str:
    """The summary as a table for printing."""
    from ibrl_ros.learning.outcomes import WINDOW

    rows = {
        "task": f"{summary['task']} from {summary['observation'] or 'demonstrations only'}",
        "seed": summary["seed"],
        "demonstrations": summary["demos"],
        "environment steps": f"{summary['env_steps']:,}",
        "gradient updates": f"{summary['gradient_updates']:,}",
        "changed by the gate": _changed(summary["changed_share"], summary["refused_steps"]),
        f"worst {WINDOW} episodes": _share(summary["worst_success"]),
        "success of BC": _success(summary["bc_success"], summary["bc_interval"]),
        "success of IBRL": _success(summary["ibrl_success"], summary["ibrl_interval"]),
        **{f"success of {name}": _success(*found) for name, found in summary["other_evaluations"].items()},
        "evaluation episodes": summary["eval_episodes"],
        "time": "unknown" if summary["wall_s"] is None else duration(summary["wall_s"]),
    }
    return "\n".join(f"  {name:20} {value}" for name, value in rows.items())


def duration(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _changed(share: float | None, refused_steps: int) -> str:
    """The share of steps that the gate changed, as text."""
    if share is None:
        return "unknown"
    refused = f", {refused_steps} more were refused" if refused_steps else ""
    return f"{share:.1%} of the steps{refused}"


def _share(share: float | None) -> str:
    """The success of the worst consecutive training episodes, as text."""
    return "fewer were learned from" if share is None else f"{share:.0%} succeeded while training"


def _success(rate: float | None, interval: tuple[float, float] | None) -> str:
    if rate is None or interval is None:
        return "not evaluated"
    return f"{rate:.0%}  (95 % interval {interval[0]:.0%} to {interval[1]:.0%})"
