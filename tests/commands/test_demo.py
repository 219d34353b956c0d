from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from run_folders import add_checkpoint, add_demos, add_evaluation, add_training, begin

from ibrl_ros.cli import make_parser
from ibrl_ros.commands.budget import BUDGETS, USUAL_BUDGET
from ibrl_ros.commands.demo import make_room, wanted_settings
from ibrl_ros.commands.record import DemoRecord
from ibrl_ros.commands.stages import Settings, differences, learned_steps, stages, successful_demos
from ibrl_ros.config import load_agent, load_task
from ibrl_ros.learning.run import Run

SETTINGS = Settings(
    task="lift",
    robot="sim",
    agent="small_state",
    seed=3,
    num_demos=2,
    operator_noise=0.3,
    max_steps=30,
    eval_episodes=2,
)
ARGUMENTS = [
    "demo",
    "--agent",
    "small_state",
    "--seed",
    "3",
    "--num-demos",
    "2",
    "--max-steps",
    "30",
    "--eval-episodes",
    "2",
]
ROOT = Path(__file__).parents[2]
NAMES = ["collect", "train", "evaluate-bc", "evaluate-ibrl"]


def parse(*arguments: str) -> argparse.Namespace:
    return make_parser().parse_args(["demo", *arguments])


def left(run: Run) -> list[str]:
    return [stage.name for stage in stages(SETTINGS) if not stage.complete(run)]


def finish(run: Run) -> None:
    add_demos(run, "success", "success")
    add_training(run, "timeout", "success", "success")
    add_checkpoint(run, 30, 10)
    add_evaluation(run, "bc", "timeout", "success")
    add_evaluation(run, "ibrl", "success", "success")
    DemoRecord(asdict(SETTINGS), {"collect": 1.0}).save(run.folder)


def test_demonstrations_and_steps_depend_on_the_task_unless_given() -> None:
    for task in ("lift", "hang"):
        wanted = wanted_settings(parse("--task", task))
        assert wanted.agent == "small_pixels"
        assert (wanted.num_demos, wanted.max_steps) == BUDGETS[task, "small_pixels"]
    wanted = wanted_settings(parse("--task", "hang", "--agent", "small_state", "--max-steps", "7"))
    assert (wanted.agent, wanted.num_demos, wanted.max_steps) == ("small_state", USUAL_BUDGET.num_demos, 7)
    assert wanted_settings(parse("--agent", "my.yaml")).max_steps == USUAL_BUDGET.max_steps


def test_every_task_and_agent_of_the_tables_exists() -> None:
    for task, agent in BUDGETS:
        load_task(task)
        load_agent(agent)


def test_make_demo_passes_task_and_agent_on() -> None:
    def made(*variables: str) -> str:
        command = ["make", "--dry-run", "--always-make", "demo", *variables]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert '--task "hang" --robot "sim" --agent "small_pixels"' in made("TASK=hang")
    assert '--agent "small_state"' in made("AGENT=small_state")
    assert '--robot "sim_ur5e"' in made("ROBOT=sim_ur5e")


def test_commands_are_those_of_the_launch_files(tmp_path: Path) -> None:
    commands = [stage.command(Run(tmp_path), SETTINGS) for stage in stages(SETTINGS)]
    launch = ROOT / "launch"
    for command in commands:
        assert command[:3] == ["ros2", "launch", "ibrl_ros"]
        assert (launch / command[3]).is_file()
        assert {"seed:=3", f"run_dir:={tmp_path}", "sim:=true", "clock:=lockstep"} <= set(command)
    assert [argument for argument in commands[2] if argument not in commands[3]] == ["policy:=bc"]
    assert "num_demos:=2" in commands[0]
    assert "max_steps:=30" in commands[1]


def test_launch_files_declare_the_arguments(tmp_path: Path) -> None:
    for stage in stages(SETTINGS):
        command = stage.command(Run(tmp_path), SETTINGS)
        shown = subprocess.run(
            [Path(sys.executable).parent / "ros2", "launch", "--show-args", *command[2:4]],
            env={**os.environ, "AMENT_PREFIX_PATH": sys.prefix}, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert shown.returncode == 0, shown.stderr
        for argument in command[4:]:
            assert f"'{argument.split(':=')[0]}':" in shown.stdout


def test_stages_are_left_until_the_folder_shows_their_end(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    assert left(run) == NAMES
    add_demos(run, "success", "timeout")
    assert (successful_demos(run), left(run)) == (1, NAMES)
    add_demos(run, "success", "timeout", "success")
    assert left(run) == NAMES[1:]
    add_evaluation(run, "bc", "timeout")
    add_evaluation(run, "ibrl", "timeout", "success")
    assert left(run) == ["train", "evaluate-bc"]


def test_training_is_complete_only_when_its_updates_are_done(tmp_path: Path) -> None:
    run = begin(tmp_path / "run")
    assert learned_steps(run) == 0
    add_checkpoint(run, 20, 5)
    assert "train" in left(run)
    add_checkpoint(run, 30, 9, due=1)
    assert "train" in left(run)
    add_checkpoint(run, 31, 10)
    assert "train" not in left(run)


def test_differences_name_the_setting_and_both_values() -> None:
    recorded = asdict(SETTINGS)
    assert differences(recorded, SETTINGS) == []
    assert differences(recorded, replace(SETTINGS, seed=4)) == ["seed=3 (now 4)"]
    both = differences(recorded, replace(SETTINGS, agent="small_pixels", task="drawer"))
    assert sorted(both) == ["agent=small_state (now small_pixels)", "task=lift (now drawer)"]


def test_folder_of_the_same_settings_stays(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    assert make_room(folder, SETTINGS) is None
    folder.mkdir()
    assert make_room(folder, SETTINGS) is None
    DemoRecord(asdict(SETTINGS)).save(folder)
    assert make_room(folder, SETTINGS) is None
    assert folder.is_dir()


def test_folder_of_other_settings_moves_aside_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    (tmp_path / "demo-1").mkdir()
    DemoRecord(asdict(SETTINGS)).save(folder)
    (folder / "precious").write_text("kept")
    aside = make_room(folder, replace(SETTINGS, seed=4))
    assert aside == tmp_path / "demo-2"
    assert (aside / "precious").read_text() == "kept"
    assert not folder.exists()
    assert "seed=3 (now 4)" in capsys.readouterr().out


def test_folder_that_is_no_demo_moves_aside(tmp_path: Path) -> None:
    run = begin(tmp_path / "demo")
    assert make_room(run.folder, SETTINGS) == tmp_path / "demo-1"


def run_demo(folder: Path, tools: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """`ibrl demo` with the `ros2` that is in `tools`."""
    # The interpreter's own folder goes first on the PATH, so it must be one without ros2.
    code = f"import sys; sys.executable = {str(tools / 'python')!r}; from ibrl_ros.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *ARGUMENTS, "--run", str(folder), *more],
        env={**os.environ, "PATH": str(tools)}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip


def make_ros2(folder: Path, code: str) -> Path:
    """A `ros2` command of a few lines of Python, which finds its launch arguments in `given`."""
    folder.mkdir()
    preamble = "import sys\ngiven = dict(a.split(':=') for a in sys.argv[4:])\nfile = sys.argv[3]\n"
    (folder / "ros2").write_text(f"#!{sys.executable}\n{preamble}{code}")
    (folder / "ros2").chmod(0o755)
    return folder


def test_finished_demo_says_so_and_reports_without_launching(tmp_path: Path) -> None:
    run = begin(tmp_path / "demo")
    finish(run)
    ended = run_demo(run.folder, make_ros2(tmp_path / "bin", "sys.exit('must not run')"))
    assert ended.returncode == 0, ended.stderr
    assert "finished already" in ended.stdout
    assert "must not run" not in ended.stdout
    assert json.loads((run.report / "summary.json").read_text())["ibrl_success"] == 1.0


def test_stage_that_ends_early_fails_the_demo_with_the_reason(tmp_path: Path) -> None:
    tools = make_ros2(tmp_path / "bin", "print('[policy_node-5] [FATAL] the arm fell off')")
    ended = run_demo(tmp_path / "demo", tools)
    assert ended.returncode == 1
    assert (
        f"ros2 launch ibrl_ros collect_demos.launch.py task:=lift robot:=sim run_dir:={tmp_path / 'demo'}"
        in ended.stdout
    )
    assert "collect ended (exit status 0) with 0 of 2 demonstrations" in ended.stderr
    assert "the arm fell off" in ended.stderr
    assert "collect" in DemoRecord.load(tmp_path / "demo").seconds


def test_stages_run_in_order_with_a_domain_of_their_own(tmp_path: Path) -> None:
    here = str(Path(__file__).parent)
    pretend = f"""
import os
sys.path.insert(0, {here!r})
import run_folders
from ibrl_ros.learning.run import Run
print("domain", os.environ["ROS_DOMAIN_ID"], os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"])
run = Run(given["run_dir"])
if file.startswith("collect"):
    run_folders.add_demos(run, "success", "success")
    (run.folder / "config.yaml").write_text("collect: {{task: lift, seed: 3}}")
elif file.startswith("train"):
    run_folders.add_training(run, "timeout", "success", "success")
    run_folders.add_checkpoint(run, 30, 10)
    (run.folder / "config.yaml").write_text("train: {{task: lift, seed: 3, agent: small_state}}")
else:
    run_folders.add_evaluation(run, given["policy"], "success", "timeout")
"""
    ended = run_demo(tmp_path / "demo", make_ros2(tmp_path / "bin", pretend))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    domains = [line.split() for line in ended.stdout.splitlines() if line.startswith("domain")]
    assert len(domains) == len(NAMES)
    assert {(int(number) > 101, reach) for _, number, reach in domains} == {(True, "LOCALHOST")}
    record = DemoRecord.load(tmp_path / "demo")
    assert (record.settings, list(record.seconds)) == (asdict(SETTINGS), NAMES)
    summary = json.loads((tmp_path / "demo/report/summary.json").read_text())
    assert (summary["bc_success"], summary["eval_episodes"], summary["wall_s"]) == (0.5, 2, record.wall_s)


def test_missing_ros2_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    ended = run_demo(tmp_path / "demo", tmp_path / "bin")
    assert ended.returncode == 1
    assert "activate" in ended.stderr


def test_unknown_agent_fails_before_anything_is_touched(tmp_path: Path) -> None:
    ended = run_demo(tmp_path / "demo", tmp_path, "--agent", "huge")
    assert ended.returncode == 1
    assert "small_pixels" in ended.stderr
    assert not (tmp_path / "demo").exists()
