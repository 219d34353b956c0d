"""Checks that checkpoints and BC policy can be read, and that their episodes are in the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ibrl_ros.commands.verifying.contents import RunContents
from ibrl_ros.commands.verifying.finding import Aside, Finding, move_aside
from ibrl_ros.data.sealed_yaml import DamagedYamlError, read_yaml
from ibrl_ros.learning.checkpoint import ACTING, LAST, LEARNER, checkpoints
from ibrl_ros.learning.run import Run
from ibrl_ros.learning.weights import read
from ibrl_ros.learning.weights_error import WeightsError

SHOWN_IDS = 5


def check_checkpoints(contents: RunContents) -> Iterator[Finding]:
    """Run all checks of the weights."""
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
    """Check that files of weights can be read and hold finite numbers.

    Args:
        folder: folder of the files.
        names: file names.
        whole_folder: whether a repair moves the folder (a checkpoint) instead of the file.
    """
    for name in names:
        path = folder / name
        taken = folder if whole_folder else path
        what = _fault(path)
        if what is not None:
            todo = "--repair sets it aside; resume from another checkpoint, or train again"
            yield Finding("error", path, what, todo, move_aside(taken))


def check_last(run: Run, whole: list[Path]) -> Iterator[Finding]:
    """Check that the link `last` points to the newest complete checkpoint."""
    last = run.checkpoints / LAST
    if not whole or (last.is_dir() and last.resolve() == whole[-1].resolve()):
        return
    what = f"it doesn't point to the newest complete checkpoint, {whole[-1].name}"
    todo = "--repair corrects the link"
    yield Finding("error", last, what, todo, lambda aside: _point(last, whole[-1], aside))


def check_episodes(folder: Path, facts: dict[str, Any], contents: RunContents) -> Iterator[Finding]:
    """Check that the training episodes of a checkpoint are in the run."""
    ids = facts.get("episode_ids", [])
    steps = {one.id: one.steps for one in (*contents.replay.episodes, *contents.spool.episodes)}
    missing = [known for known in ids if known not in steps]
    if not missing:
        found = sum(steps[known] for known in ids)
        if ids and found != facts.get("env_steps", found):
            what = f"it has {facts['env_steps']:,} steps, its episodes have {found:,}"
            yield Finding("error", folder, what, "an episode was replaced: restore the original from a copy")
    elif not contents.replay.folder.exists():
        what = f"its {len(ids):,} episodes were deleted, there is no replay/"
        yield Finding("note", folder, what, "it can be evaluated, but training can't be resumed")
    else:
        shown = ", ".join(missing[:SHOWN_IDS]) + (", ..." if len(missing) > SHOWN_IDS else "")
        what = f"{len(missing):,} of its {len(ids):,} episodes are missing: {shown}"
        todo = "restore them from a copy; otherwise resumed training differs"
        yield Finding("error", folder, what, todo)


def check_interventions(run: Run, contents: RunContents) -> Iterator[Finding]:
    """Check that the episodes whose interventions BC learns from are in the run."""
    if not run.interventions.is_file():
        return
    known = {episode.id for episode in contents.replay.episodes}
    try:
        listed = list(read_yaml(run.interventions) or ())
    except (DamagedYamlError, TypeError) as error:
        todo = "delete the file, and run `ibrl bc --with-interventions` again"
        yield Finding("error", run.interventions, f"not a list of ids: {error}", todo)
        return
    missing = [one for one in listed if one not in known]
    if missing:
        what = f"{len(missing)} of its {len(listed)} episodes are missing: {', '.join(missing[:SHOWN_IDS])}"
        todo = "restore them from a copy; otherwise BC trains without them next time"
        yield Finding("warning", run.interventions, what, todo)


def _fault(path: Path) -> str | None:
    """The fault of a file of weights; None if it has none."""
    if not path.is_file():
        return "the file is missing"
    try:
        tensors, _ = read(path)
    except (WeightsError, OSError) as error:
        return str(error).removeprefix(f"{path}: ")
    invalid = [name for name, one in tensors.items() if one.is_floating_point() and not one.isfinite().all()]
    return f"numbers that are not finite in {', '.join(invalid)}" if invalid else None


def _point(last: Path, target: Path, aside: Aside) -> str:
    """Make `last` a link to a checkpoint; if `last` is a file or folder, move it aside first."""
    if last.exists() and not last.is_symlink():
        aside.take(last)
    link = last.with_name(f"{LAST}.tmp")
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(last)
    return f"pointed {LAST} at {target.name}"
