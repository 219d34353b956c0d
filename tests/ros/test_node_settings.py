"""Settings of a node that runs alone, and the command lines that are printed for it."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.config import ConfigError
from ibrl_ros.ros.command_lines import launch_word, parameter_word
from ibrl_ros.ros.node_settings import setting_value

NODE = Path(__file__).with_name("settings_node.py")
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


def ran(parameters: str) -> tuple[int, str]:
    """Exit code and output of the node, started by a shell."""
    command = f"{shlex.quote(sys.executable)} {NODE} --ros-args {parameters}"
    process = subprocess.run(
        ["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60
    )
    return process.returncode, process.stdout


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("run_dir", 2026, r"run_dir:=2026: expected text, .*number.*-p 'run_dir:='\"'\"'2026"),
        ("run_dir", "", "folder"),
        ("run_dir", __file__, "this is a file"),
        ("sim", "yes", "expected true or false"),
        ("seed", 1.5, "expected a whole number"),
        ("seed", -1, "seed:=-1: expected a whole number, 0 or more"),
        ("seed", True, "expected a whole number"),
        ("seed", 2**40, "at most"),
        ("threads", 0, "1 or more"),
        ("threads", 10**8, "at most"),
        ("max_steps", -3, "1 or more"),
        ("max_steps", 10**18, "at most"),
        ("operator_noise", float("nan"), "expected a number"),
        ("operator_noise", 1e300, "at most"),
        ("device", "cuda0", "device:=cuda0: expected auto, cpu, cuda"),
        ("clock", "Lockstep", "expected one of real_time, lockstep"),
        ("stage", "training", "expected one of collect, train, evaluate"),
        ("camera", "front-left", "'front-left' is no name for ROS"),
        ("view_px", 0, "16 or more"),
        ("num_demos", [1], "this is list"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: object, says: str) -> None:
    defaults = {"sim": True, "operator_noise": 0.3}
    kinds = {"seed": 1, "threads": 1, "max_steps": 1, "view_px": 1, "num_demos": 1}
    with pytest.raises(ConfigError, match=says):
        setting_value(name, value, {**defaults, **kinds}.get(name, "some text"))


def test_a_whole_number_is_a_number() -> None:
    assert setting_value("operator_noise", 1, 0.3) == 1.0


def test_what_a_node_takes_and_what_it_refuses_without_a_traceback(ros_domain: int, tmp_path: Path) -> None:
    odd = f"{tmp_path}/it's my run; echo $HOME"
    words = {"run_dir": odd, "seed": 3, "operator_noise": 1, "sim": "false"}
    given = " ".join(f"-p {parameter_word(key, value)}" for key, value in words.items() if key != "sim")
    code, output = ran(f"{given} -p sim:=false")
    assert code == 0, output
    line = next(line for line in output.splitlines() if line.startswith("{"))
    taken = ast.literal_eval(line)
    assert taken == {"run_dir": odd, "seed": 3, "operator_noise": 1.0, "sim": False, "own": 7}
    code, output = ran(f"-p {parameter_word('run_dir', '2026')} -p seed:=-1")
    assert code == 1 and "seed:=-1: expected a whole number" in output and "Traceback" not in output
    code, output = ran("-p run_dir:=2026")
    assert code == 1 and "run_dir:=2026: expected text" in output and "Traceback" not in output


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("-p sead:=3", "sead: unknown parameter; did you mean seed?"),
        ("-p seed", "Couldn't parse parameter override rule"),
        ("--params-file /nowhere", "Couldn't parse params file"),
        ("-p max_steps:=5 -- seed:=3", "seed:=3: a node takes no such argument; .*--ros-args -p seed:=3"),
    ],
)
def test_what_no_node_reads_is_not_ignored(ros_domain: int, parameters: str, said: str) -> None:
    code, output = ran(f"-p run_dir:=here {parameters}")
    assert code == 1 and re.search(said, output) and "Traceback" not in output, output


def test_a_setting_of_another_node_may_be_given(ros_domain: int) -> None:
    code, output = ran("-p run_dir:=here -p max_steps:=5 -p use_sim_time:=false")
    assert code == 0, output


@given(TEXTS)
def test_a_word_is_one_word_for_a_shell(value: str) -> None:
    (word,) = shlex.split(launch_word("run_dir", value))
    assert word == f"run_dir:={value}"
    assert len(shlex.split(parameter_word("run_dir", value))) == 1


@pytest.mark.parametrize("plain", ["runs/mine", "/tmp/a-b/run_1", "lift", "real_time", "./x", "~/runs/x"])
def test_what_needs_no_quotes_has_none(plain: str) -> None:
    assert shlex.split(parameter_word("run_dir", plain)) == [f"run_dir:={plain}"]


@pytest.mark.parametrize(
    "text", ["2026", "1.5", "yes", "y", "on", "null", "~", "a: b", "1e3", "0x10", "true"]
)
def test_text_that_ros_would_take_for_something_else_is_in_quotes(text: str) -> None:
    assert shlex.split(parameter_word("run_dir", text)) == [f"run_dir:='{text}'"]
