"""Values that can't work are refused when a file is loaded, with key, value and what is allowed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from rclpy.validate_topic_name import validate_topic_name

from ibrl_ros.benchmark.suite import Suite
from ibrl_ros.cameras.picture import Picture
from ibrl_ros.config import CameraConfig, ConfigError, RobotConfig, TaskConfig, TeleopConfig
from ibrl_ros.config.loader import load, load_robot, load_task, parse
from ibrl_ros.control.episode.judge import Judge
from ibrl_ros.control.poses import Pose
from ibrl_ros.control.safety.gate import SafetyGate
from ibrl_ros.control.safety.homing import Homing
from ibrl_ros.control.safety.joint_limits import limit_fault
from ibrl_ros.control.safety.limits import GateLimits
from ibrl_ros.rl.ibrl_config import IbrlConfig
from ibrl_ros.teleop.devices.joystick import JoyConfig, Joystick
from ibrl_ros.teleop.sample import RobotNow

Model = type[BaseModel]
TASK, ROBOT, CAMERA, TELEOP, AGENT, SUITE = (
    ("tasks", "lift", TaskConfig),
    ("robots", "fr3_hand", RobotConfig),
    ("cameras", "front_realsense", CameraConfig),
    ("teleop", "default", TeleopConfig),
    ("agents", "small_pixels", IbrlConfig),
    ("suites", "smoke", Suite),
)
PATCH = {"hue_deg": [0, 9], "share": [0, 1]}


def changed(content: Any, keys: tuple[str | int, ...], value: object) -> Any:
    """A copy in which one value is another."""
    content = copy.deepcopy(content)
    inner = content
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    return content


def whole(kind: str, name: str, model: Model) -> dict[str, Any]:
    """What a file would hold that leaves out nothing."""
    content: dict[str, Any] = load(kind, name, model).model_dump(mode="json")
    return content


@pytest.mark.parametrize(
    ("file", "keys", "value", "said"),
    [
        (TASK, "name", "", "name: .*at least 1 character"),
        (TASK, "cameras", ["front-left"], "cameras.0: .*no name for ROS: letters, .* found 'front-left'"),
        (TASK, "cameras", ["1"], "cameras.0: .*no name for ROS"),
        (TASK, "cameras", ["wrist", "wrist"], "cameras: .*'wrist' is there more than once"),
        (
            TASK,
            "home.position_m",
            [0.9, 0.0, 0.2],
            r"home.position_m \[0.9, 0.0, 0.2\] is outside of the work",
        ),
        (TASK, "home.quaternion_xyzw", [1e200, 0, 0, 0], "home.quaternion_xyzw: .*norm 1"),
        (TASK, "workspace.max_tilt_rad", 3.2, "max_tilt_rad: .*less than or equal to 3"),
        (TASK, "rotation_scale_rad", 1.6, "rotation_scale_rad: .*less than or equal to 1.5"),
        (TASK, "episode_steps", 10**9, "episode_steps: .*less than or equal to 100000"),
        (TASK, "image_size", 10**6, "image_size: .*1024"),
        (TASK, "stall", {"after_s": 0.01}, "stall.after_s 0.01 is shorter than a step: 0.1 or more"),
        (TASK, "success.rule", {"kind": "gripper_lift", "gripper_min": 0.9}, "gripper_min 0.9 must be below"),
        (
            TASK,
            "success.rule",
            {"kind": "colour", "camera": "a b", "patches": [PATCH]},
            "success.rule.camera: .*no name for ROS",
        ),
        (TASK, "sim.state_dim", 9, "sim.state_dim: unknown key; known here: .*block_yaw_rad"),
        (TASK, "sim.block_area_low_m", [9.0, 0.0], "block_area_low_m, block_area_high_m: .*not lie above"),
        (ROBOT, "gripper.open_position", 0.0, "gripper: .*open_position and closed_position are both 0"),
        (ROBOT, "gripper.command_open", 0.0, "gripper: .*command_open and command_closed are both 0"),
        (ROBOT, "gripper.command_closed", 0.1, "franka_actions takes widths in metres"),
        (ROBOT, "gripper.joints", [], "gripper.joints: .*at least 1 item"),
        (ROBOT, "gripper.joints", ["a", "a"], "gripper.joints: .*'a' is there more than once"),
        (ROBOT, "current_pose_topic", "current pose", "current_pose_topic: .*no topic for ROS"),
        (ROBOT, "gripper_topic", "1/gripper", "gripper_topic: .*no topic for ROS"),
        (ROBOT, "wrench_topic", "/wrench/", "wrench_topic: .*no topic for ROS"),
        (ROBOT, "target_pose_topic", "current_pose", "current_pose_topic and target_pose_topic are both"),
        (ROBOT, "interface", "sim", "gripper.interface franka_actions: with interface sim it is vector"),
        (ROBOT, "arm.joints", ["a"] * 7, "arm.joints: .*'a' is there more than once"),
        (ROBOT, "arm.limit_margin_rad", 3.0, "nearer than limit_margin_rad 3.0 to its limits"),
        (ROBOT, "command_rate_hz", 0.1, "command_rate_hz: .*greater than or equal to 10"),
        (ROBOT, "safety.max_state_age_s", 1e9, "safety.max_state_age_s: .*less than or equal to 60"),
        (CAMERA, "crop.x", 400, r"crop reaches to \(800, 440\), beyond the picture of 640x480"),
        (CAMERA, "source.serial", "", "source.serial: .*at least 1 character"),
        (TELEOP, "gamepad.topic", "joy stick", "gamepad.topic: .*no topic for ROS"),
        (TELEOP, "quest.address", "192.168.0.7:adb", "quest.address: .*host:port"),
        (TELEOP, "quest.adb_server", "localhost", "quest.adb_server: .*host:port"),
        (AGENT, "target_noise_std", float("nan"), "target_noise_std: .*finite"),
        (AGENT, "exploration_std", float("inf"), "exploration_std"),
        (AGENT, "cameras", ["wrist", "wrist"], "each camera is expected once"),
        (AGENT, "image_size", 2, "encoder.patches has a kernel of .* larger than the 2x2 .*image_size = 2"),
        (AGENT, "critic.hidden_dim", 10**12, "critic.hidden_dim: .*1000000"),
        (TASK, "rate_hz", True, "rate_hz: .*expected a number, this is true or false"),
        (TASK, "home.position_m", [True, 0, 0], "home.position_m: .*this is true or false"),
        (TASK, "max_force_n", 1e30, "max_force_n: .*expected a number from -1e.12 to 1e.12, found 1e.30"),
        (TASK, "rate_hz", "x" * 10**6, "rate_hz: "),
        (ROBOT, "homing_speed_m_s", "1e308", "homing_speed_m_s: .*found 1e.308"),
        (AGENT, "lr", 1e30, "lr: .*found 1e.30"),
        (SUITE, "seeds", [1, 1], "seeds: .*1 is there more than once"),
        (SUITE, "seeds", [-1], "seeds.0: .*greater than or equal to 0"),
    ],
)
def test_it_is_refused_by_its_key(file: tuple[str, str, Model], keys: str, value: object, said: str) -> None:
    kind, _, model = file
    content = changed(whole(*file), tuple(keys.split(".")), value)
    with pytest.raises(ConfigError, match=said) as refused:
        parse(kind, "mine.yaml", content, model)
    assert len(str(refused.value)) < 400, "not the whole file"


def test_methods_that_would_share_a_folder_are_refused() -> None:
    methods = {"small pixels": "small_pixels", "small-pixels": "small_pixels"}
    with pytest.raises(ConfigError, match="small-pixels' is there more than once"):
        parse("suites", "mine.yaml", {**whole(*SUITE), "methods": methods, "steps_share": {}}, Suite)


def test_one_camera_s_networks_see_one() -> None:
    for change in ({"cameras": ["wrist", "front"]}, {"bc": {"kind": "resnet_flat", "use_prop": True}}):
        content = {"bc": {"kind": "resnet_flat"}, **change}
        with pytest.raises(ConfigError, match="resnet_flat"):
            parse("agents", "mine.yaml", content, IbrlConfig)


def test_a_robot_that_would_hold_between_two_actions_is_refused() -> None:
    robot = load_robot("sim")
    hasty = robot.model_copy(update={"safety": robot.safety.model_copy(update={"silence_s": 0.05})})
    with pytest.raises(ConfigError, match=r"silence_s.*more than a step, 0\.1 s"):
        GateLimits.of(load_task("lift"), hasty)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name: a\nprompt: café\n".encode("latin-1"), r"line 2 isn't UTF-8"),
        (b"rate_hz: 10\nname: a\nrate_hz: 20\n", r"(?s)rate_hz is there more than once.*line 3"),
        (b"home:\n  position_m: [0, 0, 0]\n  position_m: [1, 0, 0]\n", "position_m is there more than once"),
    ],
)
def test_a_file_that_is_no_yaml_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        load_task(str(path))
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    with pytest.raises(ConfigError, match=r"folder\.yaml"):
        load_task(str(folder))


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("extends: lift\nprompt: Hänge auf.\n", encoding="utf-8-sig")
    assert load_task(str(path)).prompt == "Hänge auf."


def use_task(task: TaskConfig) -> None:
    """What the nodes do with it."""
    use_limits(task, load_robot("sim"))
    judge = Judge(task, may_stall=True)
    judge.begin(1.0)
    prop = np.array([*task.home.position_m, *task.home.quaternion_xyzw, 0.5])
    picture = np.zeros((task.image_size, task.image_size, 3), np.uint8)
    assert judge.look(1.0 + 1 / task.rate_hz, prop, None, picture) is not None
    for camera in task.watched_cameras:
        validate_topic_name(f"cameras/{camera}/image_raw")


def use_robot(robot: RobotConfig) -> None:
    """What the nodes do with it."""
    use_limits(load_task("lift_fr3"), robot)
    gripper = robot.gripper
    assert np.isfinite(1 / (gripper.closed_position - gripper.open_position))
    if robot.arm is not None:
        assert limit_fault(robot.arm, np.array(robot.arm.posture_rad)) == ""
    for topic in (robot.current_pose_topic, robot.target_pose_topic, robot.gripper_topic):
        validate_topic_name(topic)


def use_limits(task: TaskConfig, robot: RobotConfig) -> None:
    """Drive home and move, as far as the gate lets it."""
    gate = SafetyGate(GateLimits.of(task, robot))
    homing = Homing(task, robot, gate, seed=1)
    home = Pose.of(task.home.position_m, task.home.quaternion_xyzw)
    gate.measured(home, 1.0, 1.0)
    gate.allow(1.0)
    homing.ask(home, 1.0)
    homing.step(home, 0.0, 1.0)
    gate.action(np.ones(7), 1.01, 1.01)
    gate.command(1.02)


def use_camera(camera: CameraConfig) -> None:
    """What camera_node does with it."""
    size = camera.source.picture_size()
    assert size is not None
    Picture(*size, 96, camera.crop)


def use_teleop(teleop: TeleopConfig) -> None:
    """What teleop_node does with it."""
    robot = RobotNow(np.array([0.5, 0, 0.2, 1, 0, 0, 0, 0], np.float32))
    limits = GateLimits.of(load_task("lift"), load_robot("sim"))
    for config in (teleop.section("gamepad"), teleop.section("spacemouse")):
        assert isinstance(config, JoyConfig)
        source = Joystick(config, limits)
        source.heard(SimpleNamespace(axes=[0.5] * 8, buttons=[1] * 14))
        source.sample(robot, running=True)
        validate_topic_name(config.topic)


USES: list[tuple[tuple[str, str, Model], Callable[[Any], None]]] = [
    (TASK, use_task), (ROBOT, use_robot), (CAMERA, use_camera), (TELEOP, use_teleop),
]  # fmt: skip
ODD = [
    -1,
    0,
    1e308,
    1e-308,
    float("nan"),
    float("inf"),
    "",
    "a b",
    "é",
    [],
    {},
    True,
    None,
    10**30,
    [0, 0, 0],
]


def places(content: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key of every mapping and list in it."""
    items = content.items() if isinstance(content, dict) else enumerate(content)
    for key, inner in items:
        yield (*keys, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*keys, key))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_whatever_a_file_holds_is_refused_or_can_be_used(data: st.DataObject) -> None:
    file, use = data.draw(st.sampled_from(USES))
    content = whole(*file)
    content = changed(
        content, data.draw(st.sampled_from(list(places(content)))), data.draw(st.sampled_from(ODD))
    )
    try:
        with np.errstate(all="ignore"):
            use(parse(file[0], "mine.yaml", content, file[2]))
    except ConfigError:
        pass
