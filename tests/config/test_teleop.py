"""Devices whose configuration can't be right are refused, with what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ibrl_ros.config import ConfigError, TeleopConfig, load_device, load_teleop
from ibrl_ros.config.loader import parse
from ibrl_ros.registers import DEVICES
from ibrl_ros.teleop.devices.joystick import JoyConfig
from ibrl_ros.teleop.devices.quest import QuestConfig

STOP = {"index": 2, "press": "stop"}


def changed(**devices: Any) -> TeleopConfig:
    """The default configuration with these changes."""
    return parse("teleop", "mine.yaml", {"extends": "default", **devices}, TeleopConfig)


def test_every_device_has_a_section_or_defaults() -> None:
    config = load_teleop("default")
    for device in DEVICES.names():
        assert isinstance(config.section(device), DEVICES.find(device).Config)  # type: ignore[attr-defined]


def test_every_device_with_buttons_has_a_stop_of_one_press() -> None:
    config = load_teleop("default")
    for name in ("gamepad", "spacemouse"):
        device = config.section(name)
        assert isinstance(device, JoyConfig)
        assert any(button.press == "stop" and button.hold is None for button in device.buttons)


@pytest.mark.parametrize(
    ("device", "changes", "says"),
    [
        (
            "gamepad",
            {"buttons": [{"index": 0, "press": "success"}]},
            "gamepad: .*no button says stop.*index: 2",
        ),
        (
            "gamepad",
            {"buttons": [{**STOP, "hold": "abort"}]},
            r"gamepad\.buttons\.0: .*stop says nothing",
        ),
        ("gamepad", {"buttons": [STOP, {"index": 0, "press": "start", "hold": "stop"}]}, "hold"),
        ("gamepad", {"buttons": [STOP, {"index": 2, "press": "start"}]}, "twice"),
        ("gamepad", {"deadman": 2}, "deadman"),
        ("gamepad", {"enable": "hold"}, "enable_button"),
        ("gamepad", {"enable": "hold", "enable_button": 0}, "another meaning"),
        ("gamepad", {"enable": "hold", "enable_button": 10}, "another meaning"),
        ("spacemouse", {"enable": "hold"}, "enable_button"),
        ("keyboard", {"enable": "hold"}, "doesn't tell when a key is released"),
        ("quest", {"hands": 2}, r"quest\.hands: unknown key; known here: .*motion_scale"),
        ("quest", 3, "quest: .*a section is expected"),
        (
            "telepathy",
            {},
            "telepathy: .*no teleoperation device 'telepathy'; known: gamepad, keyb",
        ),
    ],
)
def test_what_is_refused(device: str, changes: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        changed(**{device: changes})


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigError, match=r"gamepad\.topic: .*no topic") as refused:
        changed(gamepad={"topic": "a b"}, quest={"hand": "third"})
    assert "quest.hand: Input should be 'right' or 'left'" in str(refused.value)


def test_a_device_without_a_section_takes_its_defaults_or_is_missed(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("quest: {hand: left}\n")
    quest = load_device(str(path), "quest")
    assert isinstance(quest, QuestConfig) and quest.hand == "left"
    assert load_device(str(path), "keyboard").model_dump()["speed"] == 0.5
    with pytest.raises(
        ConfigError, match=r"mine.yaml: there is no section 'gamepad', which needs topic, axes"
    ):
        load_device(str(path), "gamepad")
    with pytest.raises(ConfigError, match=r"teleop:=telepathy: there is no .* 'telepathy'; known"):
        load_device(str(path), "telepathy")


def test_what_is_read_can_be_written_and_read_again() -> None:
    config = changed(quest={"motion_scale": 1.0})
    assert parse("teleop", "again.yaml", config.model_dump(mode="json"), TeleopConfig) == config


def test_which_device_needs_its_enabling_switch() -> None:
    nobody = load_teleop("default")
    assert not any(nobody.section(name).needs_enable for name in DEVICES.names())
    both = changed(quest={"enable": "hold"}, gamepad={"enable": "hold", "enable_button": 7})
    assert [name for name in DEVICES.names() if both.section(name).needs_enable] == ["gamepad", "quest"]
