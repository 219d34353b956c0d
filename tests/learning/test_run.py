"""A run's folder remembers how it was started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_runs import make_config, make_episode

from ibrl_ros.config import CameraConfig, RobotConfig, TaskConfig, load_camera, load_robot, load_task
from ibrl_ros.learning import run as run_module
from ibrl_ros.learning.meaning import meaning_of, meaning_of_pictures
from ibrl_ros.learning.run import Run, RunError, config_hash

SETTINGS = {"agent": "small_state", "seed": 1}


def test_the_same_settings_resume(tmp_path: Path) -> None:
    Run(tmp_path / "run").begin("train", SETTINGS)
    again = Run(tmp_path / "run")
    again.begin("train", SETTINGS)
    again.begin("collect", {"seed": 3})
    assert again.config() == {"train": SETTINGS, "collect": {"seed": 3}}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({**SETTINGS, "seed": 2}, "seed=1, now it is 2"),
        ({"agent": "small_state"}, "seed=1, now it is None"),
        ({"agent": "td3", "seed": 2}, "agent='small_state', now it is 'td3'; seed=1, now it is 2"),
    ],
)
def test_other_settings_are_refused_by_name(tmp_path: Path, changed: dict[str, object], said: str) -> None:
    run = Run(tmp_path / "run")
    run.begin("train", SETTINGS)
    with pytest.raises(RunError, match=said) as refused:
        run.begin("train", changed)
    assert str(run.folder) in str(refused.value)
    assert run.config() == {"train": SETTINGS}


def test_an_edited_agent_is_refused_by_its_keys(tmp_path: Path) -> None:
    def settings(**changes: object) -> dict[str, object]:
        return {"agent": "mine", "agent_config": make_config(**changes).model_dump(mode="json")}

    run = Run(tmp_path / "run")
    run.begin("train", settings())
    run.begin("train", settings())
    edited = settings(lr=0.5, actor={"hidden_dim": 16, "dropout": 0.25}, bc_others=[{"steps": 7}])
    with pytest.raises(RunError) as refused:
        run.begin("train", edited)
    said = str(refused.value)
    assert "agent_config.lr=0.0001, now it is 0.5" in said
    assert "agent_config.actor.dropout=0.5, now it is 0.25" in said
    assert "agent_config.bc_others=[], now it is [{" in said
    assert "critic" not in said and "hidden_dim=" not in said


def test_what_an_older_version_did_not_record_is_added(tmp_path: Path) -> None:
    run, more = Run(tmp_path / "run"), {**SETTINGS, "agent_config": {"lr": 0.1}}
    run.begin("train", SETTINGS)
    run.begin("train", more)
    assert run.config() == {"train": more}
    with pytest.raises(RunError, match=r"agent_config\.lr=0\.1, now it is 0\.2"):
        run.begin("train", {**SETTINGS, "agent_config": {"lr": 0.2}})


def lift(**changes: Any) -> TaskConfig:
    return TaskConfig.model_validate({**load_task("lift").model_dump(), **changes})


def keep(run: Run, task: TaskConfig | None = None, robot: str = "sim", *, simulated: bool = True) -> None:
    run.keep_meaning(meaning_of(task or lift(), load_robot(robot), simulated=simulated))


TILTED = {"position_m": [0.5, 0.0, 0.22], "quaternion_xyzw": [0.0, 1.0, 0.0, 0.0]}
MOVED = {"position_m": [0.4, 0.1, 0.3], "quaternion_xyzw": [1.0, 0.0, 0.0, 0.0]}
WIDE = {"low_m": [0.3, -0.3, 0.0], "high_m": [0.7, 0.3, 0.4]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"position_scale_m": 0.1}, "task.position_scale_m=0.05, now it is 0.1"),
        ({"rotation_scale_rad": 0.1}, "task.rotation_scale_rad=0.2, now it is 0.1"),
        ({"rate_hz": 5}, "task.rate_hz=10.0, now it is 5.0"),
        ({"image_size": 64}, "task.image_size=96, now it is 64"),
        ({"cameras": ["wrist", "front"]}, "task.cameras=['wrist'], now it is ['front', 'wrist']"),
        ({"name": "stack"}, "task.name='lift', now it is 'stack'"),
        ({"episode_steps": 200}, "task.episode_steps=100, now it is 200"),
        ({"workspace": WIDE}, "task.workspace.low_m=[0.35, -0.2, 0.01], now it is [0.3, -0.3, 0.0]"),
        ({"home": TILTED}, "task.home_quaternion_xyzw=[1.0, 0.0, 0.0, 0.0], now it is [0.0, 1.0, 0.0, 0.0]"),
        (
            {"position_scale_m": 0.1, "rate_hz": 5},
            "task.position_scale_m=0.05, now it is 0.1; task.rate_hz=10.0, now it is 5.0",
        ),
    ],
)
def test_an_edit_that_gives_stored_numbers_another_meaning_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    run = Run(tmp_path / "run")
    keep(run)
    before = (run.folder / "config.yaml").read_bytes()
    with pytest.raises(RunError) as refused:
        keep(run, lift(**changes))
    for part in said.split("; "):
        assert part in str(refused.value)
    assert str(run.folder) in str(refused.value) and "another run_dir" in str(refused.value)
    assert (run.folder / "config.yaml").read_bytes() == before
    keep(run)


@pytest.mark.parametrize(
    "changes",
    [
        {"prompt": "Lift it.", "reset_prompt": "Put it back."},
        {"home": MOVED},
        {"success": {"detector": "person"}},
        {"reset": {"delay_s": 5.0}, "stall": {}, "max_force_n": 10.0},
    ],
)
def test_an_edit_that_changes_nothing_stored_is_taken(tmp_path: Path, changes: dict[str, Any]) -> None:
    run = Run(tmp_path / "run")
    keep(run)
    keep(run, lift(**changes))


def test_robots_whose_numbers_mean_the_same_share_a_run(tmp_path: Path) -> None:
    run, slow = Run(tmp_path / "run"), load_task("lift_fr3")
    keep(run, slow, "fr3_hand", simulated=False)
    keep(run, slow, "fr3_libfranka", simulated=False)
    with pytest.raises(RunError, match=r"robot\.gripper\.closed_position=0\.0, now it is 0\.7929"):
        keep(run, slow, "fr3_robotiq", simulated=False)
    with pytest.raises(RunError, match=r"simulated=False, now it is True"):
        keep(run, slow)


@pytest.mark.parametrize(
    ("robot", "change", "said"),
    [
        ("fr3_hand", {"arm": {"tcp_offset_m": 0.2}}, "robot.arm.tcp_offset_m=0.1034, now it is 0.2"),
        ("fr3_hand", {"arm": {"tcp_turn_rad": 0.0}}, "robot.arm.tcp_turn_rad=-0.785398, now it is 0.0"),
        ("fr3_hand", {"frame_id": "world"}, "robot.frame_id='base', now it is 'world'"),
        ("fr3_hand", {"gripper": {"open_position": 0.04}}, "robot.gripper.open_position=0.04, now"),
    ],
)
def test_another_tool_frame_or_gripper_is_refused(
    tmp_path: Path, robot: str, change: dict[str, Any], said: str
) -> None:
    run, task, own = Run(tmp_path / "run"), load_task("lift_fr3"), load_robot(robot)
    run.keep_meaning(meaning_of(task, own, simulated=False))
    content = own.model_dump()
    for key, value in change.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    edited = RobotConfig.model_validate(content)
    with pytest.raises(RunError) as refused:
        run.keep_meaning(meaning_of(task, edited, simulated=False))
    assert said.split("=")[0] in str(refused.value) and "another run_dir" in str(refused.value)


def test_another_arm_is_refused(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    keep(run)
    with pytest.raises(RunError, match=r"sim\.arm='fr3', now it is 'ur5e'"):
        keep(run, robot="sim_ur5e")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"crop": {"x": 0, "y": 0, "width": 300, "height": 300}}, "wrist.crop.x=120, now it is 0"),
        ({"crop": None}, "wrist.crop.x=120, now it is None"),
        ({"source": {"width": 1280}}, "wrist.picture_size=[640, 480], now it is [1280, 480]"),
    ],
)
def test_another_part_or_size_of_a_picture_is_refused(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    run, camera = Run(tmp_path / "run"), load_camera("front_realsense")
    run.keep_pictures(meaning_of_pictures({"wrist": camera}))
    content = camera.model_dump()
    for key, value in change.items():
        content[key] = {**content[key], **value} if key == "source" else value
    with pytest.raises(RunError) as refused:
        run.keep_pictures(meaning_of_pictures({"wrist": CameraConfig.model_validate(content)}))
    assert said in str(refused.value) and "camera's file back" in str(refused.value)
    run.keep_pictures(meaning_of_pictures({"wrist": camera}))


def test_a_file_may_move(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    run.begin("train", {**SETTINGS, "agent": "/old/place.yaml"}, names=("agent",))
    moved = {**SETTINGS, "agent": "/new/place.yaml"}
    run.begin("train", moved, names=("agent",))
    assert run.config() == {"train": moved}


BEGINNER = """
import sys
from ibrl_ros.config import TaskConfig, load_robot, load_task
from ibrl_ros.learning.meaning import meaning_of
from ibrl_ros.learning.run import Run
for number in range(20):
    Run(sys.argv[1]).begin(f"{sys.argv[2]}-{number}", {"seed": number})
"""


def test_nodes_that_begin_at_once_lose_no_record(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BEGINNER, str(tmp_path / "run")]
    nodes = [subprocess.Popen([*command, name]) for name in ("policy", "learner")]
    assert [node.wait(timeout=60) for node in nodes] == [0, 0]
    assert len(Run(tmp_path / "run").config()) == 40


@pytest.mark.parametrize("content", ["", "- a list\n", "train: [\n"])
def test_a_damaged_configuration_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.yaml").write_text(content)
    with pytest.raises(RunError, match=str(tmp_path / "config.yaml")):
        Run(tmp_path).begin("train", SETTINGS)


def test_a_missing_folder_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="collect_demos"):
        Run(tmp_path / "nothing").require()
    assert Run(tmp_path).require().name == tmp_path.name


def test_evaluations_are_listed_by_name(tmp_path: Path) -> None:
    run = Run(tmp_path)
    assert run.evaluations() == []
    for name in ("ibrl", "bc"):
        run.evaluation(name).save(make_episode(0, "eval"))
    assert run.evaluations() == ["bc", "ibrl"]


def test_the_hash_depends_on_values_and_not_on_order() -> None:
    assert config_hash({"a": 1, "b": [2, 3]}) == config_hash({"b": [2, 3], "a": 1})
    assert config_hash({"a": 1}) != config_hash({"a": 2})


def test_one_process_writes_a_part_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two nodes of one launch write different parts, and don't hinder one another."""
    monkeypatch.setattr(run_module, "PATIENCE_S", 0.0)
    learner, policy, second = (Run(tmp_path / "run") for _ in range(3))
    learner.hold("weights", "learner_node")
    learner.hold("weights", "learner_node")
    policy.hold("spool", "policy_node (train)")
    for part, who in (("weights", "learner_node"), ("spool", "policy_node")):
        with pytest.raises(RunError, match=rf"run is in use: {who}.* \(process \d+ on .*another run_dir"):
            second.hold(part, "another")
    learner.release()
    second.hold("weights", "another")


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    changed = {
        "a flipped bit": content.replace(b"seed: 1", b"seed: 3"),
        "emptied": b"",
        "truncated": content[:-5],
        "no text": b"\xff\xfe" + content,
        "no mapping": b"- 1\n",
    }[how]
    assert changed != content
    path.write_bytes(changed)


HARMS = ["a flipped bit", "emptied", "truncated", "no text", "no mapping"]


@pytest.mark.parametrize("how", HARMS)
def test_of_a_damaged_configuration_the_copy_is_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    run = Run(tmp_path)
    run.begin("train", SETTINGS)
    damage(tmp_path / "config.yaml", how)
    assert run.config() == {"train": SETTINGS}
    assert str(tmp_path / "config.yaml") in caplog.text and "config.yaml.copy is read instead" in caplog.text
    with pytest.raises(RunError, match="seed=1, now it is 2"):
        run.begin("train", {**SETTINGS, "seed": 2})
    assert (tmp_path / "config.yaml.corrupt").is_file() and run.settings.fault() is None
    damage(tmp_path / "config.yaml", how)
    damage(tmp_path / "config.yaml.copy", how)
    with pytest.raises(RunError, match=str(tmp_path / "config.yaml")):
        run.begin("train", SETTINGS)


@pytest.mark.parametrize("how", HARMS)
def test_an_evaluation_whose_subject_is_unknown_is_kept_aside(tmp_path: Path, how: str) -> None:
    run, about = Run(tmp_path), {"seed": 1}
    store = run.evaluation_of("bc", about)
    store.save(make_episode(0, "eval"))
    assert len(run.evaluation_of("bc", about)) == 1
    damage(store.folder / "about.yaml", how)
    assert len(run.evaluation_of("bc", about)) == 0
    assert len(run.evaluation("bc-1")) == 1
