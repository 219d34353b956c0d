"""Checks of weights: whether checkpoints and the BC policy open, and whether their episodes are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ibrl_ros.commands.verifying.contents import RunContents
from ibrl_ros.commands.verifying.finding import Aside, Finding, taking
from ibrl_ros.data.sealed_yaml import DamagedYamlError, read_yaml
from ibrl_ros.learning.checkpoint import ACTING, LAST, LEARNER, checkpoints
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.weights import WeightsError, read

SHOWN_IDS = 5


def check_checkpoints(contents: RunContents) -> Iterator[Finding]:
    """All checks of the weights."""
    run, whole = contents.run, {}
    for folder in checkpoints(run.checkpoints):
        wrong = list(check_weights(folder, (LEARNER, ACTING)))
        yield from wrong
        if not wrong:
            whole[folder] = read(folder / LEARNER)[1]
    yield from check_last(run, list(whole))
    for folder, facts in whole.items():
        yield from check_episodes(folder, facts, contents)
    if run.bc.is_file():
        yield from check_weights(run.bc.parent, (run.bc.name,), whole_folder=False)
    yield from check_interventions(run, contents)


def check_weights(folder: Path, names: tuple[str, ...], *, whole_folder: bool = True) -> Iterator[Finding]:
    """Files of weights open, and hold finite numbers; a checkpoint is one with its folder."""
    for name in names:
        path = folder / name
        taken = folder if whole_folder else path
        what = _fault(path)
        if what is not None:
            todo = "another checkpoint, or training anew, takes its place: let --repair set it aside"
            yield Finding("error", path, what, todo, taking(taken))


def check_last(run: Run, whole: list[Path]) -> Iterator[Finding]:
    """`last` leads to the newest whole checkpoint."""
    last = run.checkpoints / LAST
    if not whole or (last.is_dir() and last.resolve() == whole[-1].resolve()):
        return
    what = f"it doesn't lead to the newest whole checkpoint, {whole[-1].name}"
    todo = "let --repair point it there"
    yield Finding("error", last, what, todo, lambda aside: _point(last, whole[-1], aside))


def check_episodes(folder: Path, facts: dict[str, Any], contents: RunContents) -> Iterator[Finding]:
    """The episodes that a checkpoint was learned from are there."""
    ids = facts.get("episode_ids", [])
    steps = {one.id: one.steps for one in (*contents.replay.episodes, *contents.spool.episodes)}
    missing = [known for known in ids if known not in steps]
    if not missing:
        found = sum(steps[known] for known in ids)
        if ids and found != facts.get("env_steps", found):
            what = f"it has {facts['env_steps']:,} steps, its episodes have {found:,}"
            yield Finding("error", folder, what, "an episode was exchanged for another: bring it back")
    elif not contents.replay.folder.exists():
        what = f"its {len(ids):,} episodes were let go, replay/ isn't there"
        yield Finding("note", folder, what, "it can be evaluated, but training can't go on")
    else:
        shown = ", ".join(missing[:SHOWN_IDS]) + (", ..." if len(missing) > SHOWN_IDS else "")
        what = f"{len(missing):,} of its {len(ids):,} episodes aren't there: {shown}"
        yield Finding(
            "error", folder, what, "bring them back from a copy; without them it resumes, but otherwise"
        )


def check_interventions(run: Run, contents: RunContents) -> Iterator[Finding]:
    """The episodes that BC learns from beside the demonstrations are there."""
    if not run.interventions.is_file():
        return
    known = {episode.id for episode in contents.replay.episodes}
    try:
        listed = list(read_yaml(run.interventions) or ())
    except (DamagedYamlError, TypeError) as error:
        yield Finding("error", run.interventions, f"no list of ids: {error}", "remove it, and choose anew")
        return
    missing = [one for one in listed if one not in known]
    if missing:
        what = f"{len(missing)} of its {len(listed)} episodes aren't there: {', '.join(missing[:SHOWN_IDS])}"
        yield Finding(
            "warning", run.interventions, what, "BC is trained without them when it is trained anew"
        )


def _fault(path: Path) -> str | None:
    """What is wrong with a file of weights; None if nothing is."""
    if not path.is_file():
        return "it isn't there"
    try:
        tensors, _ = read(path)
    except (WeightsError, OSError) as error:
        return str(error).removeprefix(f"{path}: ")
    spoilt = [name for name, one in tensors.items() if one.is_floating_point() and not one.isfinite().all()]
    return f"numbers that aren't finite in {', '.join(spoilt)}" if spoilt else None


def _point(last: Path, target: Path, aside: Aside) -> str:
    """Have `last` lead to a checkpoint; what is there and isn't a link goes aside."""
    if last.exists() and not last.is_symlink():
        aside.take(last)
    link = last.with_name(f"{LAST}.tmp")
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(last)
    return f"pointed {LAST} at {target.name}"
