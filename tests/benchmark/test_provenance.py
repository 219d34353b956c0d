from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ibrl_ros.benchmark.provenance import Provenance, made_by, note_start, read_starts


def start(commit: str, started: str, command: str = "ibrl benchmark state --seed 1") -> Provenance:
    return Provenance(command=command, commit=commit, machine="a processor", cores=2, jobs=1, started=started)


def test_starts_are_kept_in_order(tmp_path: Path) -> None:
    note_start(tmp_path, ["benchmark", "state"], 2)
    note_start(tmp_path, ["benchmark", "state", "--task", "a b"], 1)
    assert [(one.command, one.jobs) for one in read_starts(tmp_path)] == [
        ("ibrl benchmark state", 2), ("ibrl benchmark state --task 'a b'", 1),
    ]  # fmt: skip


def test_no_start_is_lost_to_another_of_the_same_moment(tmp_path: Path) -> None:
    commands = [f"seed {seed}" for seed in range(16)]
    with ThreadPoolExecutor(len(commands)) as pool:
        list(pool.map(lambda command: note_start(tmp_path, command.split(), 1), commands))
    assert {one.command for one in read_starts(tmp_path)} == {f"ibrl {command}" for command in commands}


def test_a_line_for_each_commit() -> None:
    starts = [start("commit a", "9:00"), start("commit b", "10:00"), start("commit a", "11:00")]
    assert made_by(starts) == [
        "`ibrl benchmark state` at commit a on 2 cores (a processor), 9:00 to 11:00, 2 starts",
        "`ibrl benchmark state` at commit b on 2 cores (a processor), 10:00",
    ]
