"""Nodes: what a real rclpy node receives of its name, namespace, parameters, remappings and arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import domain_coordinator
import pytest
from launched import Launched

Ros2 = Callable[..., Launched]
LaunchFile = Callable[..., Path]
Received = dict[str, Any]


@pytest.fixture(autouse=True)
def _own_domain(monkeypatch: pytest.MonkeyPatch, package: Path) -> Iterator[None]:
    with domain_coordinator.domain_id() as domain:
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))
        monkeypatch.setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
        yield


def received(launched: Launched) -> list[Received]:
    """What the probe nodes printed, in the order of their names' numbers."""
    assert launched.finish() == 0, launched.output
    found = [line.split(" ", 1) for line in launched.output.splitlines() if line.startswith("[probe_node-")]
    return [json.loads(text) for _, text in sorted(found)]


def node(options: str) -> str:
    return f"Node(package='probe', executable='probe_node', output='screen', {options}),"


def test_parameters_have_the_types_of_the_launch_file(
    ros2: Ros2, launch_file: LaunchFile, tmp_path: Path
) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text("/**:\n  ros__parameters:\n    from_file: 1\n    overridden: 1\n")
    parameters = f"""[{str(file)!r}, {{
        "overridden": 2,
        "a_bool": True, "an_int": 3, "a_float": 2.0, "small": 1e-7, "a_text": "12", "no": "no",
        "ints": [1, 2], "floats": [1, 2.5], "texts": ["1", "b"], "bools": [True, False],
        "nested": {{"inner": {{"x": 1}}}},
        "read_int": LaunchConfiguration("n"), "read_bool": LaunchConfiguration("b"),
        "read_text": LaunchConfiguration("t"), "read_list": LaunchConfiguration("l"),
        "joined": [LaunchConfiguration("t"), "/", LaunchConfiguration("n")],
        "pieces": [[LaunchConfiguration("t"), "1"], "2"],
        "forced_text": ParameterValue(LaunchConfiguration("n"), value_type=str),
        "forced_float": ParameterValue(LaunchConfiguration("n"), value_type=float),
        "forced_list": ParameterValue(LaunchConfiguration("l"), value_type=List[int]),
        "kept_text": ParameterValue("12", value_type=str),
        [LaunchConfiguration("t"), "_key"][0]: 1,
    }}]"""
    launched = ros2(
        "launch", launch_file(node(f"parameters={parameters}")), "n:=3", "b:=true", "t:=s", "l:=[1, 2]"
    )
    (got,) = received(launched)
    for rclpys_own in ("use_sim_time", "start_type_description_service"):
        del got["parameters"][rclpys_own]
    assert got["parameters"] == {
        "from_file": ["INTEGER", 1],
        "overridden": ["INTEGER", 2],
        "a_bool": ["BOOL", True],
        "an_int": ["INTEGER", 3],
        "a_float": ["DOUBLE", 2.0],
        "small": ["DOUBLE", 1e-7],
        "a_text": ["STRING", "12"],
        "no": ["STRING", "no"],
        "ints": ["INTEGER_ARRAY", [1, 2]],
        "floats": ["DOUBLE_ARRAY", [1.0, 2.5]],
        "texts": ["STRING_ARRAY", ["1", "b"]],
        "bools": ["BOOL_ARRAY", [True, False]],
        "nested.inner.x": ["INTEGER", 1],
        "read_int": ["INTEGER", 3],
        "read_bool": ["BOOL", True],
        "read_text": ["STRING", "s"],
        "read_list": ["INTEGER_ARRAY", [1, 2]],
        "joined": ["STRING", "s/3"],
        "pieces": ["STRING_ARRAY", ["s1", "2"]],
        "forced_text": ["STRING", "3"],
        "forced_float": ["DOUBLE", 3.0],
        "forced_list": ["INTEGER_ARRAY", [1, 2]],
        "kept_text": ["STRING", "12"],
        "s": ["INTEGER", 1],
    }
    assert not list(tmp_path.glob("launch_params_*"))


def test_names_namespaces_remappings_and_arguments(ros2: Ros2, launch_file: LaunchFile) -> None:
    entities = f"""
    {node("")}
    GroupAction([
        PushRosNamespace("left"), SetParameter("use_sim_time", True), SetParameter("gain", 1.5),
        {node("name='one', remappings=[('chatter', 'talk')], arguments=['--flag', LaunchConfiguration('n')]")}
        {node("namespace='arm', parameters=[{'gain': 2.5}]")}
        {node("namespace='/absolute', ros_arguments=['-p', 'extra:=1']")}
        PushRosNamespace("inner"),
        {node("name='deep'")}
    ]),
    {node("name='after', namespace='ns', remappings=[('chatter', '/global')]")}
    """
    plain, one, arm, absolute, deep, after = received(ros2("launch", launch_file(entities), "n:=3"))
    assert (plain["name"], plain["namespace"], plain["topic"]) == ("original", "/", "/chatter")
    assert (one["name"], one["namespace"], one["topic"]) == ("one", "/left", "/left/talk")
    assert one["argv"] == ["--flag", "3"]
    assert one["parameters"]["use_sim_time"] == ["BOOL", True]
    assert one["parameters"]["gain"] == ["DOUBLE", 1.5]
    assert (arm["namespace"], arm["parameters"]["gain"]) == ("/left/arm", ["DOUBLE", 2.5])
    assert (absolute["namespace"], absolute["parameters"]["extra"]) == ("/absolute", ["INTEGER", 1])
    assert (deep["name"], deep["namespace"]) == ("deep", "/left/inner")
    assert (after["namespace"], after["topic"]) == ("/ns", "/global")
    assert "gain" not in after["parameters"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("parameters=[{'p': []}]", "parameter 'p': expected a non-empty sequence"),
        (
            "parameters=[{'p': [1, 'a']}]",
            "parameter 'p': expected a non-empty sequence, with items of uniform",
        ),
        ("parameters=[{'p': None}]", "parameter 'p': allowed are bool, int, float, str and sequences"),
        (
            "parameters=[{'p': ParameterValue(LaunchConfiguration('t'), value_type=int)}]",
            "invalid literal for int",
        ),
        (
            "parameters=[{'p': ParameterValue(LaunchConfiguration('t'), value_type=List[str])}]",
            "Cannot convert value 'text' to 'typing.List[str]'",
        ),
        ("parameters=[{'p': ParameterValue('3', value_type=int)}]", "is not an instance of <class 'int'>"),
        ("respawn=True", "Node(respawn=): ros2_lite"),
    ],
)
def test_wrong_options(ros2: Ros2, launch_file: LaunchFile, options: str, message: str) -> None:
    launched = ros2("launch", launch_file(node(options)), "t:=text")
    assert launched.finish() == 1
    assert message in launched.output
    assert "process started" not in launched.output


@pytest.mark.parametrize(
    ("package_name", "executable", "message"),
    [
        ("nowhere", "x", "package 'nowhere' not found"),
        ("probe", "nothing", "executable 'nothing' not found on the libexec directory"),
    ],
)
def test_a_node_that_is_not_installed(
    ros2: Ros2, launch_file: LaunchFile, package_name: str, executable: str, message: str
) -> None:
    launched = ros2("launch", launch_file(f"Node(package='{package_name}', executable='{executable}'),"))
    assert launched.finish() == 1
    assert message in launched.output
