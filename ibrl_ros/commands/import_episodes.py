"""`ibrl import`: episodes of other programs, stored in a run as demonstrations."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ibrl_ros.commands.options import add_setting, data_format

if TYPE_CHECKING:
    from ibrl_ros.data.episode import Episode
    from ibrl_ros.learning.run import Run

HELP = "store episodes of other programs in a run, as demonstrations"

#: Largest relative difference between an episode's median time of a step and the run's.
RATE_TOLERANCE = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("path", metavar="PATH", type=Path, help="file or folder to read")
    add_setting(parser, "--run", "run_dir", help="folder of the run; it need not exist yet")
    parser.add_argument("--as", dest="kind", choices=["demos"], default="demos", help="what they become")
    parser.add_argument(
        "--format", type=data_format, default="npz", help="a format of `ibrl list formats`, or module:Class"
    )


def run(args: argparse.Namespace) -> int:
    """Check all of them, then store those that aren't there yet.

    Raises:
        RunError: a file can't be read, or holds what doesn't fit the run; then none is stored.
        OSError: they can't be stored.
    """
    from ibrl_ros.data.format import FormatError
    from ibrl_ros.learning.run import Run, RunError

    into, entry = Run(args.run), Entry(Run(args.run))
    try:
        for episode in args.format.read(args.path):
            entry.check(episode)
        stored = sum(store(episode, into) for episode in args.format.read(args.path))
    except FormatError as error:
        raise RunError(str(error)) from error
    if not entry.ids:
        raise RunError(f"{args.path} holds no episode")
    there = len(entry.ids) - stored
    known = f"; {there} were there already" if there else ""
    print(f"stored {stored} demonstrations in {into.demos.folder}{known}")
    print(f"successes among those that were read: {entry.successes} of {len(entry.ids)}")
    return 0


class Entry:
    """What episodes must be like to enter a run.

    Attributes:
        ids: of those that may.
        successes: how many of them succeeded.
    """

    def __init__(self, into: Run) -> None:
        from ibrl_ros.learning.run import MEANING

        self._run = into
        self._meaning: dict[str, Any] = into.config().get(MEANING, {}).get("task", {})
        first = next(into.demos.iterate(), None)
        self._shapes = None if first is None else shapes(first)
        self.ids: set[str] = set()
        self.successes = 0

    def check(self, episode: Episode) -> None:
        """Take in an episode.

        Raises:
            RunError: its id is taken, its arrays are of other shapes, or its numbers contradict themselves.
        """
        from ibrl_ros.learning.run import RunError

        fault = self._fault(episode)
        if fault:
            raise RunError(f"episode {episode.metadata.id} can't enter {self._run.folder}: {fault}")
        self._shapes = shapes(episode)
        self.ids.add(episode.metadata.id)
        self.successes += episode.metadata.succeeded

    def _fault(self, episode: Episode) -> str:
        from ibrl_ros.commands.verifying.episodes import check_actions, check_order, check_pictures

        own, cameras = shapes(episode), self._meaning.get("cameras")
        if episode.metadata.id in self.ids:
            return "another episode that is read has this id"
        if episode.metadata.id in self._run.replay:
            return "a training episode of the run has this id"
        if self._shapes is not None and own != self._shapes:
            return f"a step of it holds {own}, one of those before it {self._shapes}"
        if cameras is not None and list(episode.cameras) != cameras:
            return f"it has the cameras {list(episode.cameras)}, the run records {cameras}"
        if fault := _rate_fault(episode, self._meaning.get("rate_hz")):
            return fault
        path = self._run.demos.folder
        findings = [
            *check_order(path, episode.stamps),
            *check_actions(path, episode.actions),
            *check_pictures(path, episode, self._meaning),
        ]
        return next((finding.what for finding in findings if finding.severity == "error"), "")


def _rate_fault(episode: Episode, rate_hz: float | None) -> str:
    """What is wrong with the time between an episode's steps; nothing without a recorded rate."""
    passed = sorted(later - before for before, later in zip(episode.stamps, episode.stamps[1:], strict=False))
    step_s = passed[len(passed) // 2] if passed else 0.0
    if not rate_hz or step_s <= 0 or abs(step_s * rate_hz - 1) <= RATE_TOLERANCE:
        return ""
    return f"it has {1 / step_s:.3g} steps a second (median), the run has rate_hz {rate_hz:g}"


def shapes(episode: Episode) -> dict[str, list[int]]:
    """Shape of a step of each array that is learned from, by name."""
    arrays = {"actions": episode.actions, **episode.observations}
    return {name: list(arrays[name].shape[1:]) for name in sorted(arrays)}


def store(episode: Episode, into: Run) -> bool:
    """Store it as the run's next demonstration, unless its id is there already; whether that was done."""
    from dataclasses import replace

    if episode.metadata.id in into.demos:
        return False
    changes = {"run": into.name, "index": into.demos.next_index(), "kind": "demo"}
    into.demos.save(replace(episode, metadata=episode.metadata.model_copy(update=changes)))
    return True
