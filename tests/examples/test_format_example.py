"""The data format of the examples: tables enter a run, and leave it as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ibrl_ros.cli import make_parser
from ibrl_ros.learning.run import Run, RunError

FORMAT = "csv_format:CsvTables"


def call(*words: object) -> None:
    args = make_parser().parse_args([*map(str, words), "--format", FORMAT])
    args.run_command(args)


def table(file: Path) -> np.ndarray:
    return np.genfromtxt(file, delimiter=",", skip_header=1)


def test_a_table_becomes_a_demonstration_and_a_table_again(examples: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    call("import", "--run", run.folder, examples / "demonstrations")
    (demo,) = run.demos.iterate()
    assert demo.metadata.succeeded and demo.metadata.id == "lift_1" and len(demo) == 12
    call("export", "--run", run.folder, tmp_path / "tables")
    before, after = table(examples / "demonstrations/lift_1.csv"), table(tmp_path / "tables/lift_1.csv")
    np.testing.assert_allclose(after, before, rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the first line must be stamp,x,y,z"),
        ("a,b\n1,2\n", "the first line must be stamp,x,y,z"),
        ("{header}\n", "at least one step"),
        ("{header}\n1,2\n", "cannot reshape"),
        ("{header}\n" + ",".join(["fast"] * 17) + "\n", "could not convert string"),
    ],
)
def test_a_table_that_is_none_is_said(examples: Path, tmp_path: Path, text: str, says: str) -> None:
    from csv_format import COLUMNS

    (tmp_path / "mine.csv").write_text(text.format(header=",".join(COLUMNS)))
    with pytest.raises(RunError, match=rf"mine\.csv: .*{says}"):
        call("import", "--run", tmp_path / "run", tmp_path / "mine.csv")
    assert not (tmp_path / "run/demos").exists()
