"""Every launch argument that can't be used is told in a sentence; what can be used passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.registers import DEVICES
from ibrl_ros.ros.launch_arguments import LONGEST, faults, unknown
from ibrl_ros.ros.setting_checks import cameras
from ibrl_ros.ros.settings import SETTINGS

INTEGERS = [name for name, setting in SETTINGS.items() if setting.kind is int]
DEFAULTS = {name: setting.default_text for name, setting in SETTINGS.items()}


def test_the_defaults_pass() -> None:
    assert faults(DEFAULTS) == []
    assert faults({**DEFAULTS, "sim": "false", "robot": "fr3_hand", "task": "lift_fr3"}) == []


@pytest.mark.parametrize("name", INTEGERS)
@given(st.one_of(st.integers().map(str), st.text(max_size=4), st.floats().map(str)))
def test_whole_numbers(name: str, text: str) -> None:
    found = faults({name: text})
    if not found:
        assert str(int(text)) == text and int(text) >= 0
    else:
        (sentence,) = found
        assert sentence.startswith(f"{name}:={text}: expected a whole number, ")


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("num_demos", "0", "1 or more"),
        ("threads", "two", "whole number"),
        ("operator_noise", "nan", "number"),
        ("operator_noise", "-0.1", "0 or more"),
        ("operator_noise", "much", "number"),
        ("task", "fold", "known: drawer, hang, lift"),
        ("task", "nowhere/fold.yaml", "no such file"),
        ("robot", "fr4", "known: fr3_hand"),
        ("agent", "large", "small_pixels"),
        ("teleop_config", "glove", "known: default"),
        ("cameras", "wrist", "expected name=config"),
        ("cameras", "wrist=", "expected name=config"),
        ("cameras", "a=webcam,a=webcam", "once"),
        ("cameras", "front-left=webcam", "'front-left' is no name for ROS"),
        ("seed", str(2**40), "4294967295 at most"),
        ("threads", "100000", "1024 at most"),
        ("max_steps", str(10**18), "1000000000 at most"),
        ("device", "gpu", "expected auto, cpu, cuda"),
        ("device", "cuda:99", "PyTorch finds"),
        ("operator_noise", "1e300", "10 at most"),
        ("run_dir", "", "expected the path of a folder"),
        ("run_dir", __file__, "this is a file, expected a folder"),
        ("part", "arm", "there is no part 'arm'; known: all, robot, policy, learner"),
        ("part", "", "there is no part ''"),
        ("part", "robot;policy", "several with commas between"),
        ("run_dir", "~nobody_at_all", "expected the path of a folder: "),
        ("run_dir", "x" * 5000, "expected the path of a folder: File name too long"),
        ("task", "x" * 5000, "known: drawer, hang, lift"),
        ("task", "nowhere/fold.yaml", "known names: drawer, hang, lift"),
        ("teleop", "..:Glove", "'..:Glove' can't be imported (TypeError: "),
        ("teleop", "ibrl_ros.teleop.device:Device", "lacks the methods "),
        ("operator_noise", "\u0663", "expected a number, 0 or more"),
        ("operator_noise", "0_1", "expected a number, 0 or more"),
        ("seed", "9" * 5000, "4294967295 at most"),
        ("namespace", "x" * 81, "expected a name of 80 characters at most"),
        ("namespace", "left arm", "'left arm' is no namespace for ROS"),
        ("namespace", "left/", "'left/' is no namespace for ROS"),
    ],
)
def test_what_cannot_be_used_is_named_once(name: str, value: str, word: str) -> None:
    (sentence,) = faults({**DEFAULTS, name: value})
    assert sentence.startswith(f"{name}:={value[:LONGEST]}: ") and word in sentence
    assert len(sentence) < 1000


#: Texts that broke some check, or might: numbers of other kinds, paths, names of modules and lists.
ODD = (
    *(
        "nan",
        "inf",
        "-inf",
        "1e400",
        "-0",
        "0x10",
        "1_0",
        "\u0663",
        "~",
        "~nobody_at_all/x",
        "\0",
        "\ud800",
        "\n",
    ),
    *("/", "..", "/dev/null", "x.yaml", "/tmp.yaml", "os:path", "nix:X", ":", "a:", "a:b:c", ".:x", "..:x"),
    *("cuda:", "cuda:99999999999999999999", "cuda:-0", "=", "a=", "a=b,", ",", "{}", "[1]", "null", "true"),
)


@pytest.mark.parametrize("name", SETTINGS)
@settings(deadline=None, max_examples=60)
@given(text=st.one_of(st.sampled_from(ODD), st.text(max_size=9), st.integers(1, 6000).map("9".__mul__)))
def test_any_text_is_refused_with_a_reason_or_has_a_value(name: str, text: str) -> None:
    setting = SETTINGS[name]
    fault = setting.fault(text)
    if fault:
        words = ("expected", "known", "is no ", "can't be imported", "PyTorch finds", "there is no ")
        assert any(word in fault for word in words) and len(fault) < 1000 + len(text)
    else:
        value = setting.value(text)
        assert type(value) is (str if setting.kind is bool else setting.kind)
        assert value == value and value not in (float("inf"), -float("inf"))


def test_a_module_that_fails_is_told_by_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in (("ends", "import sys; sys.exit(3)"), ("broken", "x = = 1")):
        (tmp_path / f"{name}_glove.py").write_text(content)
    monkeypatch.syspath_prepend(tmp_path)
    (ends,), (broken,) = (faults({"teleop": f"{name}_glove:Glove"}) for name in ("ends", "broken"))
    assert "can't be imported (SystemExit: 3)" in ends
    assert "can't be imported (SyntaxError: invalid syntax (broken_glove.py, line 1))" in broken


@pytest.mark.parametrize("number", [".nan", ".inf", "1.0e+30", "-1000000000000000000"])
def test_an_agent_with_a_number_that_is_none_is_refused_before_a_node_starts(
    tmp_path: Path, number: str
) -> None:
    agent = tmp_path / "agent.yaml"
    agent.write_text(f"extends: small_state\nactor: {{dropout: {number}}}\n")
    (sentence,) = faults({"agent": str(agent)})
    assert "actor.dropout: expected a number from -1e+12 to 1e+12" in sentence


def test_a_configuration_that_is_wrong_inside_is_found_before_a_node_starts(tmp_path: Path) -> None:
    task = tmp_path / "task.yaml"
    task.write_text("extends: lift\nepisode_stepz: 3\n")
    (sentence,) = faults({"task": str(task)})
    assert "episode_stepz: unknown key" in sentence


def test_cameras_are_looked_at_on_a_robot_only() -> None:
    assert faults({"sim": "true", "cameras": "wrist=nix"}) == []
    (sentence,) = faults({"sim": "false", "cameras": "wrist=wrist_realsense,front=nix"})
    assert "unknown camera 'nix'" in sentence
    assert cameras("wrist=a,front=b/c.yaml") == {"wrist": "a", "front": "b/c.yaml"}
    assert cameras("none") == {}


def test_the_cameras_are_looked_at_where_the_robot_is() -> None:
    on_a_robot = {"sim": "false", "cameras": "wrist=nix"}
    assert len(faults({**on_a_robot, "part": "robot,policy"})) == 1
    assert faults({**on_a_robot, "part": "policy,learner"}) == []


def test_a_device_is_looked_for_in_its_register(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> type:
        if name != "my_glove:Glove":
            raise ValueError(f"there is no teleoperation device {name!r}; known: keyboard, quest")
        return object

    monkeypatch.setattr(DEVICES, "find", find)
    assert faults({"teleop": "none"}) == faults({"teleop": "my_glove:Glove"}) == []
    (sentence,) = faults({"teleop": "glove"})
    assert sentence == "teleop:=glove: there is no teleoperation device 'glove'; known: keyboard, quest"


def test_lockstep_needs_the_simulation() -> None:
    assert faults({"sim": "false", "clock": "lockstep"}) == ["clock:=lockstep: only with sim:=true"]


def test_all_faults_are_told_at_once() -> None:
    assert len(faults({**DEFAULTS, "seed": "x", "num_demos": "y", "task": "z"})) == 3


def test_unknown_names_and_those_of_launch_itself() -> None:
    declared = ["num_demos", "task", "seed"]
    assert unknown(["task", "seed", "sigterm_timeout", "launch-prefix"], declared) == []
    near, far = unknown(["num_demo", "zzz"], declared)
    assert near == "num_demo: unknown argument; did you mean num_demos?"
    assert far == "zzz: unknown argument; known: num_demos, seed, task"


def test_the_check_needs_neither_pytorch_nor_rclpy() -> None:
    """It runs in the `ros2` command, each time and before anything else."""
    code = (
        "import sys; from ibrl_ros.ros import launch_arguments as la\n"
        "assert not la.faults({name: setting.default_text for name, setting in la.SETTINGS.items()})\n"
        "print([name for name in ('torch', 'rclpy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_without_pydantic_the_nodes_look_for_themselves() -> None:
    code = (
        "import sys; sys.modules['pydantic'] = None\n"
        "from ibrl_ros.ros import launch_arguments as la\n"
        "print(la.faults({'task': 'fold', 'seed': 'x'}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "['seed:=x: expected a whole number, 0 or more']\n"


def test_a_task_that_is_too_fast_for_the_robot_is_refused() -> None:
    (fault,) = faults({"task": "lift", "robot": "fr3_hand"})
    assert "set position_scale_m to 0.025 or less" in fault
    assert faults({"task": "lift_fr3", "robot": "fr3_hand"}) == []
    assert faults({"task": "lift", "robot": "sim"}) == []


def test_a_task_that_cannot_be_simulated_is_refused(tmp_path: Path) -> None:
    task = tmp_path / "task.yaml"
    task.write_text("extends: lift\nrate_hz: 15\nposition_scale_m: 0.01\n")
    (fault,) = faults({"task": str(task), "robot": "sim", "sim": "true"})
    assert "rate_hz 15: a step must be a multiple of 0.002 s" in fault


def test_a_camera_that_the_task_looks_at_and_nobody_starts_is_named(tmp_path: Path) -> None:
    task = tmp_path / "task.yaml"
    task.write_text("extends: lift_fr3\ncameras: [wrist, front]\n")
    given = {"task": str(task), "robot": "fr3_hand", "sim": "false"}
    (fault,) = faults({**given, "cameras": "wrist=wrist_realsense"})
    assert "looks at front too: add front=config" in fault
    assert faults({**given, "cameras": "none"}) == []
    assert faults({**given, "cameras": "wrist=wrist_realsense,front=front_realsense"}) == []
