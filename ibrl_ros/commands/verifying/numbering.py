"""Checks that the episodes' indices and ids are complete and unique."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from ibrl_ros.commands.verifying.contents import EpisodeFacts, FolderContents, RunContents
from ibrl_ros.commands.verifying.finding import Finding, Repair, move_aside, spans


def check_numbering(contents: RunContents) -> Iterator[Finding]:
    """Run all checks of indices and ids."""
    for folder in contents.folders:
        yield from check_ids(folder)
        yield from check_indices(folder)
    for folder in (contents.demos, *contents.evaluations):
        yield from check_gaps(folder, folder.episodes)
    # An episode in the spool is not missing: it is being sent.
    yield from check_gaps(contents.replay, [*contents.replay.episodes, *contents.spool.episodes])
    yield from check_spool(contents.replay, contents.spool)
    yield from check_shared_ids(contents.demos, contents.replay)
    for folder in contents.provisional:
        yield from check_provisional(folder)


def check_ids(folder: FolderContents) -> Iterator[Finding]:
    """Check that no two files have the same id; identical copies can be moved aside."""
    for first, *copies in _grouped(folder.episodes, "id"):
        for copy in copies:
            what = f"it has the id of {first.path.name}"
            yield _copy(copy.path, first.path, what)


def check_indices(folder: FolderContents) -> Iterator[Finding]:
    """Check that no two episodes have the same index."""
    for first, *others in _grouped(folder.episodes, "index"):
        for other in others:
            if other.id != first.id:
                what = f"it has the index of {first.path.name}, and another id"
                yield Finding("error", other.path, what, "keep one of the two files")


def check_gaps(folder: FolderContents, episodes: Sequence[EpisodeFacts]) -> Iterator[Finding]:
    """Check that the indices run from 0 without a gap; a user may have removed episodes."""
    found = {episode.index for episode in episodes}
    missing = set(range(max(found, default=-1) + 1)) - found
    if missing:
        what = f"{len(missing):,} indices are missing: {spans(missing)}"
        yield Finding("warning", folder.folder, what, "unless you removed them, restore them from a copy")


def check_spool(replay: FolderContents, spool: FolderContents) -> Iterator[Finding]:
    """Find spool episodes that the learner has stored, but whose acknowledgement didn't arrive."""
    stored = {episode.id: episode.path for episode in replay.episodes}
    for episode in spool.episodes:
        if episode.id in stored:
            what, todo = "the learner has stored it already", "it leaves the spool when training resumes"
            yield Finding("note", episode.path, what, todo, _repair_copy(episode.path, stored[episode.id]))


def check_provisional(folder: FolderContents) -> Iterator[Finding]:
    """Find episodes whose outcome a person could still change when policy_node ended."""
    for episode in folder.episodes:
        what, todo = "its outcome isn't final", "it is stored when the same stage begins again"
        yield Finding("note", episode.path, what, todo)


def check_shared_ids(demos: FolderContents, replay: FolderContents) -> Iterator[Finding]:
    """Check that no training episode has the id of a demonstration."""
    known = {episode.id: episode.path for episode in demos.episodes}
    for episode in replay.episodes:
        if episode.id in known:
            what = f"it has the id of the demonstration {known[episode.id].name}"
            yield Finding("error", episode.path, what, "remove it from one of the two folders")


def _copy(path: Path, first: Path, what: str) -> Finding:
    repair = _repair_copy(path, first)
    todo = "the same bytes: let --repair set it aside" if repair else "their bytes differ: keep one"
    return Finding("error", path, what, todo, repair)


def _repair_copy(path: Path, first: Path) -> Repair | None:
    """The repair that moves a copy aside; None unless both files have the same bytes."""
    return move_aside(path) if path.read_bytes() == first.read_bytes() else None


def _grouped(episodes: Sequence[EpisodeFacts], attribute: str) -> Iterator[list[EpisodeFacts]]:
    """Yield lists of episodes that have the same value of an attribute."""
    groups: dict[object, list[EpisodeFacts]] = defaultdict(list)
    for episode in episodes:
        groups[getattr(episode, attribute)].append(episode)
    yield from groups.values()
