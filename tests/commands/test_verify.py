"""`ibrl verify` finds each kind of harm, by itself and by name, and a repair loses nothing."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from run_folders import LENGTH, add_demos, add_evaluation, add_training, begin, episode

from ibrl_ros.cli import make_parser
from ibrl_ros.commands.verifying.cuts import Cuts
from ibrl_ros.config import load_agent, load_robot, load_task
from ibrl_ros.data.codec import encode
from ibrl_ros.data.episode import Episode
from ibrl_ros.learning.checkpoint import save_checkpoint
from ibrl_ros.learning.meaning import meaning_of
from ibrl_ros.learning.run import Run, RunError, provisional
from ibrl_ros.learning.weights import pack

Harm = Callable[[Run], object]
TRAINED = 3


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run in which nothing is wrong, with a checkpoint of its training episodes."""
    run = begin(tmp_path_factory.mktemp("clean") / "run")
    run.keep_meaning(meaning_of(load_task("lift"), load_robot("sim"), simulated=True))
    add_demos(run, "success", "failure")
    add_training(run, *["success"] * TRAINED)
    run.spool.save(episode("train", TRAINED, "timeout"))
    add_evaluation(run, "bc", "success", "timeout")
    checkpoint(run, 0)
    checkpoint(run, TRAINED)
    run.metrics.mkdir()
    (run.metrics / "train.jsonl").write_text('{"updates": 50}\n{"updates": 100}\n')
    return run.folder


def copy(clean: Path, folder: Path) -> Run:
    """A run that may be harmed."""
    shutil.copytree(clean, folder, symlinks=True)
    return Run(folder)


@pytest.fixture
def run(clean: Path, tmp_path: Path) -> Run:
    """A run in which nothing is wrong yet."""
    return copy(clean, tmp_path / "run")


def checkpoint(run: Run, episodes: int, **changes: Any) -> Path:
    ids, steps = [f"train-{index}" for index in range(episodes)], episodes * LENGTH
    facts = {"episode_ids": ids, "env_steps": steps, "updates": 100, "due": 0, **changes}
    state = {"weight": torch.zeros(3)}
    return save_checkpoint(run.checkpoints, state, pack(state, {}), facts)


def verify(run: Run, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """The exit status and the findings."""
    args = make_parser().parse_args(["verify", str(run.folder), *options])
    status = args.run_command(args)
    lines = capsys.readouterr().out.splitlines()
    return status, [line for line in lines if line.startswith(("error", "warning", "note"))]


def put(run: Run, path: str, changed: Episode) -> None:
    (run.folder / path).write_bytes(encode(changed))


def with_metadata(one: Episode, **changes: Any) -> Episode:
    return dataclasses.replace(one, metadata=one.metadata.model_copy(update=changes))


def old(path: Path) -> None:
    """As if nobody had written it for an hour."""
    os.utime(path, (0, 0))


def leave_half(run: Run) -> None:
    half = run.demos.folder / "ep_000005_x.safetensors.tmp"
    half.write_bytes(b"half")
    old(half)


def flip(path: Path) -> None:
    """Turn one bit of the last number over; it is a number as any other then."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 0x40
    path.write_bytes(content)


def write_bc(run: Run) -> Path:
    run.bc.parent.mkdir()
    run.bc.write_bytes(pack({"weight": torch.ones(3)}, {"origin": "imported"}))
    return run.bc


def replace_in(path: Path, old: str, new: str) -> None:
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1))


def go_back_in_time(run: Run) -> None:
    one = episode("train", 1, "success")
    one.stamps[4:] -= 1.0
    put(run, "replay/ep_000001_train-1.safetensors", one)


def stand_still(run: Run) -> None:
    one = episode("train", 1, "success")
    one.stamps[4] = one.stamps[3]
    put(run, "replay/ep_000001_train-1.safetensors", one)


def wait(run: Run) -> None:
    one = episode("demo", 1, "failure")
    one.stamps[5:] += 2.0
    put(run, "demos/ep_000001_demo-1.safetensors", one)


def decide_late(run: Run) -> None:
    one = episode("train", 1, "success")
    decided = one.stamps + 0.05
    decided[5] += 0.4
    put(run, "replay/ep_000001_train-1.safetensors", dataclasses.replace(one, decided=decided))


def other_picture(run: Run) -> None:
    one = episode("eval", 1, "timeout")
    pictures = {**one.observations, "images/wrist": np.zeros((LENGTH, 64, 64, 3), np.uint8)}
    put(run, EVALUATION, dataclasses.replace(one, observations=pictures))


def too_large(run: Run) -> None:
    one = episode("demo", 1, "failure")
    one.actions[3, 2] = 4.0
    put(run, "demos/ep_000001_demo-1.safetensors", one)


def refused(run: Run) -> None:
    one = with_metadata(episode("demo", 1, "failure"), extra={"refused_steps": 7})
    put(run, "demos/ep_000001_demo-1.safetensors", one)


def append(run: Run, path: str, text: str) -> None:
    with (run.folder / path).open("a") as file:
        file.write(text)


def configure(run: Run, section: str, **changes: Any) -> None:
    config = run.config()
    config[section] = {**config.get(section, {}), **changes}
    (run.folder / "config.yaml").write_text(yaml.safe_dump(config))


def trained_with_another_agent(run: Run) -> None:
    agent = load_agent("small_state").model_dump(mode="json")
    configure(run, "train", agent_config={**agent, "lr": 0.5})


DEMO = "demos/ep_000001_demo-1.safetensors"
REPLAY = "replay/ep_000001_train-1.safetensors"
EVALUATION = "eval/bc/ep_000001_eval-1.safetensors"
COPY = "replay/ep_000009_train-1.safetensors"
STEP = f"checkpoints/000002_step_{TRAINED * LENGTH:08d}"
NEWER = "checkpoints/000003_step_00000099"
NO_LAST = "error: checkpoints/last: it doesn't point to the newest complete checkpoint"


class Case(NamedTuple):
    """What is done to a run, how the findings begin, and how many of the last of them a repair leaves."""

    harm: Harm
    findings: list[str]
    left: int


CASES = {
    "a damaged file": Case(
        lambda run: (run.folder / DEMO).write_bytes(b"damaged"),
        [f"error: {DEMO}: is not a complete episode"],
        left=0,
    ),
    "a flipped bit": Case(
        lambda run: (run.folder / REPLAY).write_bytes((run.folder / REPLAY).read_bytes()[:-1] + b"\x01"),
        [
            f"error: {REPLAY}: is not a complete episode: its checksum",
            "warning: replay: 1 indices are missing: 1",
            f"error: {STEP}: 1 of its 3 episodes are missing: train-1",
        ],
        left=2,
    ),
    "a set-aside file": Case(
        lambda run: (run.bc.parent.mkdir(), (run.bc.parent / "bc.safetensors.corrupt").write_bytes(b"x")),
        ["warning: bc/bc.safetensors.corrupt: set aside as damaged"],
        left=0,
    ),
    "a half-written file": Case(
        leave_half, ["warning: demos/ep_000005_x.safetensors.tmp: half-written"], left=0
    ),
    "a gap": Case(
        lambda run: run.demos.remove("demo-0"), ["warning: demos: 1 indices are missing: 0;"], left=1
    ),
    "a copy by another name": Case(
        lambda run: shutil.copy(run.folder / REPLAY, run.folder / COPY),
        [
            f"error: {COPY}: its episode belongs in ep_000001_train-1.safetensors",
            f"error: {COPY}: it has the id of ep_000001_train-1.safetensors; the same bytes",
        ],
        left=0,
    ),
    "an id twice": Case(
        lambda run: put(
            run,
            "demos/ep_000002_demo-1.safetensors",
            with_metadata(episode("demo", 2, "success"), id="demo-1"),
        ),
        ["error: demos/ep_000002_demo-1.safetensors: it has the id of ep_000001_demo-1.safetensors; their"],
        left=1,
    ),
    "an index twice": Case(
        lambda run: run.demos.save(with_metadata(episode("demo", 1, "success"), id="other")),
        ["error: demos/ep_000001_other.safetensors: it has the index of ep_000001_demo-1.safetensors"],
        left=1,
    ),
    "an acknowledgement lost": Case(
        lambda run: shutil.copy(run.folder / REPLAY, run.folder / REPLAY.replace("replay", "spool")),
        ["note: spool/ep_000001_train-1.safetensors: the learner has stored it already"],
        left=0,
    ),
    "a policy killed before an outcome was final": Case(
        lambda run: provisional(run.spool).save(episode("train", TRAINED + 1, "success")),
        [
            "note: spool/provisional/ep_000004_train-4.safetensors: its outcome isn't final; it is stored "
            "when the same stage begins again"
        ],
        left=1,
    ),
    "a demonstration among training": Case(
        lambda run: run.replay.save(episode("demo", 0, "success")),
        [
            "error: replay/ep_000000_demo-0.safetensors: it is of kind demo in a folder for train",
            "error: replay/ep_000000_train-0.safetensors: it has the index of ep_000000_demo-0.safetensors",
            "error: replay/ep_000000_demo-0.safetensors: it has the id of the demonstration",
        ],
        left=3,
    ),
    "time that goes back": Case(
        go_back_in_time, [f"error: {REPLAY}: time goes back at step 4, by 0.9 s"], left=1
    ),
    "time that stands": Case(
        stand_still, [f"note: {REPLAY}: the oldest input of step 4 is that of the previous step"], left=1
    ),
    "an old observation": Case(
        decide_late, [f"error: {REPLAY}: step 5 was decided up to 0.45 s from its observation"], left=1
    ),
    "time that jumps": Case(wait, [f"warning: {DEMO}: up to 2.1 s pass before step 5"], left=1),
    "an action that is none": Case(too_large, [f"error: {DEMO}: an action of 4"], left=1),
    "refused steps": Case(refused, ["note: demos: 7 steps were refused"], left=1),
    "a picture of another size": Case(
        other_picture,
        [
            f"error: {EVALUATION}: camera wrist is 64x64, config.yaml has 96x96",
            "error: eval/bc: episodes hold arrays of 2 different shapes (by index: 0; 1)",
        ],
        left=2,
    ),
    "settings that changed": Case(
        lambda run: run.demos.save(with_metadata(episode("demo", 2, "success"), config_hash="def")),
        ["warning: demos: recorded with 2 different settings (config_hash by index: 0 to 1: abc; 2: def)"],
        left=1,
    ),
    "an edited task": Case(
        lambda run: configure(run, "meaning", task={"position_scale_m": 0.1}),
        [
            "warning: config.yaml: the file of task lift or robot sim was edited: "
            "task.position_scale_m=0.1, now it is 0.05"
        ],
        left=1,
    ),
    "a task that isn't here": Case(
        lambda run: configure(run, "train", task="/nowhere/mine.yaml"),
        ["note: config.yaml: task /nowhere/mine.yaml or robot sim can't be read here"],
        left=1,
    ),
    "an edited agent": Case(
        trained_with_another_agent,
        ["warning: config.yaml: the file of agent small_state was edited: lr=0.5, now it is"],
        left=1,
    ),
    "a damaged configuration": Case(
        lambda run: (run.folder / "config.yaml").write_text("- nothing"),
        ["error: config.yaml: is not a run's configuration; config.yaml.copy is taken"],
        left=0,
    ),
    "a flipped bit of the configuration": Case(
        lambda run: replace_in(run.folder / "config.yaml", "seed: 3", "seed: 1"),
        ["error: config.yaml: isn't as it was written: its checksum says otherwise"],
        left=0,
    ),
    "no configuration": Case(
        lambda run: [(run.folder / f"config.yaml{end}").write_text("- nothing") for end in ("", ".copy")],
        ["error: config.yaml: not the configuration of a run"],
        left=1,
    ),
    "metrics that go back": Case(
        lambda run: append(run, "metrics/train.jsonl", '{"updates": 60}\n'),
        ["error: metrics/train.jsonl: updates go back: 1 lines"],
        left=0,
    ),
    "metrics after the checkpoint": Case(
        lambda run: append(run, "metrics/train.jsonl", '{"updates": 150}\n{"updates": 200}\n'),
        ["note: metrics/train.jsonl: 2 lines are of updates after the newest checkpoint (100)"],
        left=0,
    ),
    "half a line": Case(
        lambda run: append(run, "metrics/train.jsonl", '{"updates": 150'),
        ["note: metrics/train.jsonl: 1 lines are incomplete"],
        left=0,
    ),
    "a broken line": Case(
        lambda run: append(run, "metrics/train.jsonl", "zzz\n"),
        ["error: metrics/train.jsonl: 1 lines are incomplete"],
        left=0,
    ),
    "a damaged checkpoint": Case(
        lambda run: (run.folder / STEP / "learner.safetensors").write_bytes(b"damaged"),
        [f"error: {STEP}/learner.safetensors: not a whole set of weights", NO_LAST],
        left=0,
    ),
    "a flipped bit of a weight": Case(
        lambda run: flip(run.folder / STEP / "learner.safetensors"),
        [f"error: {STEP}/learner.safetensors: not a whole set of weights: its checksum is", NO_LAST],
        left=0,
    ),
    "a flipped bit of BC": Case(
        lambda run: flip(write_bc(run)),
        ["error: bc/bc.safetensors: not a whole set of weights: its checksum is"],
        left=0,
    ),
    "half a checkpoint": Case(
        lambda run: (run.folder / STEP / "acting.safetensors").unlink(),
        [f"error: {STEP}/acting.safetensors: the file is missing", NO_LAST],
        left=0,
    ),
    "a checkpoint of numbers that are none": Case(
        lambda run: (run.folder / STEP / "acting.safetensors").write_bytes(
            pack({"weight": torch.tensor([1.0, float("nan")])}, {})
        ),
        [f"error: {STEP}/acting.safetensors: numbers that are not finite in weight", NO_LAST],
        left=0,
    ),
    "no newest checkpoint": Case(lambda run: (run.checkpoints / "last").unlink(), [NO_LAST], left=0),
    "a lost training episode": Case(
        lambda run: run.replay.remove("train-2"),
        [
            "warning: replay: 1 indices are missing: 2",
            f"error: {STEP}: 1 of its 3 episodes are missing: train-2",
        ],
        left=2,
    ),
    "an exchanged training episode": Case(
        lambda run: checkpoint(run, TRAINED, env_steps=99),
        [f"error: {NEWER}: it has 99 steps, its episodes have 30"],
        left=1,
    ),
    "training episodes let go": Case(
        lambda run: (shutil.rmtree(run.replay.folder), run.spool.remove("train-3")),
        [f"note: {STEP}: its 3 episodes were deleted"],
        left=1,
    ),
    "a damaged BC policy": Case(
        lambda run: (run.bc.parent.mkdir(), run.bc.write_bytes(b"damaged")),
        ["error: bc/bc.safetensors: not a whole set of weights"],
        left=0,
    ),
    "an intervention that is lost": Case(
        lambda run: (run.bc.parent.mkdir(), run.interventions.write_text("[train-1, train-7]")),
        ["warning: bc/interventions.yaml: 1 of its 2 episodes are missing: train-7"],
        left=1,
    ),
}


def contents(folder: Path) -> set[str]:
    """Every file's bytes, wherever it is."""
    return {hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def test_a_run_in_which_nothing_is_wrong_is_clean(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(run.folder)
    assert verify(run, capsys) == (0, [])
    assert verify(run, capsys, "--repair") == (0, [])
    assert contents(run.folder) == before and not (run.folder / "aside").exists()


def matches(found: list[str], expected: list[str]) -> bool:
    pairs = zip(found, expected, strict=False)
    return len(found) == len(expected) and all(line.startswith(start) for line, start in pairs)


@pytest.mark.parametrize("name", CASES)
def test_each_harm_is_found_and_nothing_else(name: str, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    case = CASES[name]
    case.harm(run)
    before = contents(run.folder)
    status, found = verify(run, capsys)
    assert matches(found, case.findings), found
    assert status == any(line.startswith("error") for line in found)
    repaired, _ = verify(run, capsys, "--repair")
    status, found = verify(run, capsys)
    assert matches(found, case.findings[len(case.findings) - case.left :]), found
    assert repaired == status == any(line.startswith("error") for line in found)
    assert before <= contents(run.folder), "nothing is lost"


ONE_AFTER_THE_OTHER = sorted(set(CASES) - {"training episodes let go"})


@settings(deadline=None, max_examples=8)
@given(names=st.lists(st.sampled_from(ONE_AFTER_THE_OTHER), min_size=1, max_size=4, unique=True))
def test_a_repair_loses_nothing_and_has_nothing_to_do_a_second_time(clean: Path, names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = copy(clean, Path(folder) / "run")
        for name in names:
            with contextlib.suppress(FileNotFoundError, FileExistsError, RunError):  # another has done that
                CASES[name].harm(run)
        before, files = contents(run.folder), []
        for _ in range(2):
            args = make_parser().parse_args(["verify", str(run.folder), "--repair"])
            args.run_command(args)
            assert before <= contents(run.folder)
            files.append({path.relative_to(run.folder) for path in run.folder.rglob("*")})
        assert files[0] == files[1]


@pytest.mark.parametrize(
    "content", ["", "train:\n", "meaning: 3\ntrain: [1]\n", "train: {agent: [1]}\n", "\0"]
)
def test_a_configuration_of_any_kind_stops_nothing(
    content: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    (run.folder / "config.yaml").write_text(content)
    (run.folder / DEMO).write_bytes(b"damaged")
    status, found = verify(run, capsys)
    assert status == 1 and any(line.startswith(f"error: {DEMO}") for line in found)


def test_what_was_executed_otherwise_is_counted_by_reason(tmp_path: Path) -> None:
    one = episode("demo", 0, "success")
    executed = one.actions.copy()
    executed[:3] += 0.1
    flags = np.zeros(LENGTH, np.uint8)
    flags[:3], flags[0] = 0b10, 0b110
    cuts = Cuts()
    for told in (dataclasses.replace(one, executed=executed, cuts=flags), one):
        cuts.add(told)
    (finding,) = cuts.findings(tmp_path)
    assert finding.severity == "note"
    assert "30.0% of 10 steps" in finding.what and "(speed: 30.0%, lead: 10.0%)" in finding.what


@pytest.mark.parametrize("name", ["nothing", "."])
def test_what_is_no_run_has_a_status_of_its_own(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(Run(tmp_path / name), capsys) == (2, [])


def test_the_command_exits_with_the_status(run: Run) -> None:
    go_back_in_time(run)
    ended = subprocess.run(
        [sys.executable, "-m", "ibrl_ros.cli", "verify", str(run.folder)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stdout.splitlines()[-1].endswith("1 errors, 0 warnings, 0 notes")


def test_a_run_that_is_in_use_is_looked_at_and_not_repaired(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ibrl_ros.learning.run.PATIENCE_S", 0.0)
    (run.checkpoints / "last").unlink()
    run.hold("weights", "learner_node")
    assert verify(run, capsys)[0] == 1
    with pytest.raises(RunError, match="is in use: learner_node"):
        verify(run, capsys, "--repair")
    run.release()
    assert verify(run, capsys, "--repair")[0] == 0
