"""`ibrl export` and `ibrl import`: demonstrations travel between runs; what doesn't fit changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from run_folders import add_demos, add_evaluation, add_training, begin, episode

from ibrl_ros.cli import make_parser
from ibrl_ros.commands import verify
from ibrl_ros.data.episode import Episode
from ibrl_ros.data.formats.npz import Npz
from ibrl_ros.learning.run import Run, RunError


def call(*words: object) -> int:
    args = make_parser().parse_args([*map(str, words)])
    status: int = args.run_command(args)
    return status


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = begin(tmp_path / "run")
    add_demos(made, "success", "failure", "success")
    add_training(made, "success")
    add_evaluation(made, "ibrl", "success", "timeout")
    return made


def arrays(demo: Episode) -> list[Any]:
    return [demo.actions, demo.rewards, demo.sources, demo.stamps, *demo.observations.values()]


def test_demonstrations_enter_another_run(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, other = tmp_path / "out" / "demos", Run(tmp_path / "other")
    assert call("export", "--run", run.folder, out) == 0
    assert f"wrote 3 episodes of {run.demos.folder} to {out}" in capsys.readouterr().out
    assert len(list(out.glob("*.npz"))) == 3 and list(out.parent.iterdir()) == [out]
    add_demos(other, "success")
    (one,) = other.demos.iterate()
    other.demos.remove(one.metadata.id)
    other.demos.save(replace(one, metadata=one.metadata.model_copy(update={"id": "there"})))
    assert call("import", "--run", other.folder, "--as", "demos", out) == 0
    assert "stored 3 demonstrations" in capsys.readouterr().out
    imported = other.demos.load_all()[1:]
    assert [demo.metadata.index for demo in imported] == [1, 2, 3]
    assert {demo.metadata.run for demo in imported} == {"other"}
    for before, after in zip(run.demos.iterate(), imported, strict=True):
        assert all(map(np.array_equal, arrays(before), arrays(after)))
        assert before.metadata.id == after.metadata.id and before.metadata.outcome == after.metadata.outcome
    assert call("import", "--run", other.folder, out) == 0
    assert "stored 0 demonstrations" in (said := capsys.readouterr().out) and "3 were there already" in said
    assert len(other.demos) == 4


def test_training_episodes_become_demonstrations_of_a_new_run(run: Run, tmp_path: Path) -> None:
    call("export", "--run", run.folder, "--of", "replay", tmp_path / "out")
    call("import", "--run", tmp_path / "new", tmp_path / "out")
    (demo,) = Run(tmp_path / "new").demos.iterate()
    assert demo.metadata.kind == "demo"
    assert verify.run(make_parser().parse_args(["verify", str(tmp_path / "new")])) == verify.CLEAN


def test_an_evaluation_is_exported_by_its_name(run: Run, tmp_path: Path) -> None:
    call("export", "--run", run.folder, "--of", "ibrl", tmp_path / "out")
    assert [one.metadata.outcome for one in Npz().read(tmp_path / "out")] == ["success", "timeout"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--of", "nobody"], "--of nobody: .* has no such episodes, but demos, replay, ibrl"),
        (["--run", "nowhere"], "no run folder nowhere"),
    ],
)
def test_what_cannot_be_exported_is_said(run: Run, tmp_path: Path, words: list[str], says: str) -> None:
    with pytest.raises(RunError, match=says):
        call("export", "--run", run.folder, *words, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_that_is_there_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(RunError, match="out is there already"):
        call("export", "--run", run.folder, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
    with pytest.raises(RunError, match="holds no episode"):
        call("export", "--run", begin(tmp_path / "empty").folder, tmp_path / "new")


def test_an_unknown_format_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call("export", "--format", "xls", "out")
    assert "no data format 'xls'; known: npz, or one of your own" in capsys.readouterr().err


def written(folder: Path, **changes: Any) -> Path:
    """A whole demonstration, then one with other values."""
    good = episode("demo", 7, "success")
    changes["metadata"] = good.metadata.model_copy(update={"id": "bad", **changes.pop("metadata", {})})
    Npz().write([good, replace(good, **changes)], folder)
    return folder


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"actions": np.zeros((10, 6), np.float32)}, r"a step of it holds {'actions': \[6\], .* before it"),
        ({"actions": np.full((10, 7), 1.5, np.float32)}, "an action of 1.5,"),
        ({"stamps": np.arange(10.0)[::-1].copy()}, "time goes back at step 1 to 9"),
        ({"metadata": {"id": "demo-7", "index": 8}}, "another episode that is read has this id"),
        ({"metadata": {"id": "train-0"}}, "a training episode of the run has this id"),
        (
            {
                "observations": {
                    "prop": np.zeros((10, 8), np.float32),
                    "images/side": np.zeros((10, 4, 4, 3), "u1"),
                }
            },
            "a step of it holds",
        ),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_stored(
    run: Run, tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    before = run.demos.ids()
    with pytest.raises(RunError, match=rf"can't enter .*: {says}"):
        call("import", "--run", run.folder, written(tmp_path / "bad", **changes))
    assert run.demos.ids() == before


def test_a_damaged_file_among_good_ones_stores_nothing(run: Run, tmp_path: Path) -> None:
    folder = written(tmp_path / "mixed")
    last = sorted(folder.iterdir())[-1]
    last.write_bytes(last.read_bytes()[:-30])
    with pytest.raises(RunError, match=str(last)):
        call("import", "--run", run.folder, folder)
    assert len(run.demos) == 3


def test_what_the_run_records_is_what_may_enter(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    meaning = {"meaning": {"task": {"cameras": ["wrist"], "image_size": 8}}}
    (run.folder / "config.yaml").write_text(yaml.safe_dump(meaning))
    prop = np.zeros((10, 8), np.float32)
    for size, says in ((8, ""), (6, "camera wrist is 6x6, where config.yaml says 8x8")):
        pictures = np.zeros((10, size, size, 3), np.uint8)
        demo = replace(episode("demo", 0, "success"), observations={"prop": prop, "images/wrist": pictures})
        Npz().write([demo], tmp_path / f"size_{size}")
        if says:
            with pytest.raises(RunError, match=f"can't enter .*{says}|holds"):
                call("import", "--run", run.folder, tmp_path / f"size_{size}")
        else:
            call("import", "--run", run.folder, tmp_path / f"size_{size}")
    Npz().write([episode("demo", 5, "success")], tmp_path / "blind")
    with pytest.raises(RunError, match="can't enter"):
        call("import", "--run", run.folder, tmp_path / "blind")
    assert len(run.demos) == 1


def test_demonstrations_at_another_rate_are_refused(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    (run.folder / "config.yaml").write_text(yaml.safe_dump({"meaning": {"task": {"rate_hz": 10.0}}}))
    demo = episode("demo", 5, "success")
    for name, step_s in (("slow", 0.2), ("as_here", 0.1)):
        Npz().write([replace(demo, stamps=step_s * np.arange(len(demo.stamps)))], tmp_path / name)
    with pytest.raises(RunError, match=r"can't enter .*: it has 5 steps a second .*, the run has rate_hz 10"):
        call("import", "--run", run.folder, tmp_path / "slow")
    call("import", "--run", run.folder, tmp_path / "as_here")
