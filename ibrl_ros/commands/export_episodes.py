"""`ibrl export`: a run's episodes, written in a format that other programs read."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ibrl_ros.commands.options import add_setting, data_format

if TYPE_CHECKING:
    from ibrl_ros.data.store import EpisodeStore
    from ibrl_ros.learning.run import Run

HELP = "write a run's episodes in a format that other programs read"
DEMOS, REPLAY = "demos", "replay"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "out", metavar="OUT", type=Path, help="file or folder to write; it must not be there yet"
    )
    add_setting(parser, "--run", "run_dir", help="folder of the run")
    parser.add_argument("--of", default=DEMOS, help=f"{DEMOS}, {REPLAY} (training), or an evaluation's name")
    parser.add_argument(
        "--format", type=data_format, default="npz", help="a format of `ibrl list formats`, or module:Class"
    )


def run(args: argparse.Namespace) -> int:
    """Write them; the path is there only once all are written.

    Raises:
        RunError: there is no such run, it has no such episodes, or the path is taken.
        OSError: they can't be written.
    """
    from ibrl_ros.data.format import FormatError
    from ibrl_ros.learning.run import Run, RunError

    store, out = _store(Run(args.run).require(), args.of), args.out
    if len(store) == 0:
        raise RunError(f"{store.folder} holds no episode")
    if out.exists():
        raise RunError(f"{out} is there already: give another path, or move it away")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".ibrl_export_", dir=out.parent) as name:
        written = Path(name) / out.name
        try:
            args.format.write(store.iterate(), written)
        except FormatError as error:
            raise RunError(f"{store.folder}: {error}") from error
        written.rename(out)
    print(f"wrote {len(store)} episodes of {store.folder} to {out}")
    return 0


def _store(opened: Run, part: str) -> EpisodeStore:
    from ibrl_ros.learning.run import RunError

    stores = {DEMOS: opened.demos, REPLAY: opened.replay}
    if part in stores:
        return stores[part]
    if part not in opened.evaluations():
        known = ", ".join([*stores, *opened.evaluations()])
        raise RunError(f"--of {part}: {opened.folder} has no such episodes, but {known}")
    return opened.evaluation(part)
