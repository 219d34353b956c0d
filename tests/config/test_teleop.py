"""Devices whose configuration can't be right are refused, with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from ibrl_ros.config import ConfigError, TeleopConfig, load_teleop
from ibrl_ros.config.loader import parse
from ibrl_ros.teleop.factory import SOURCES, needs_enable

STOP = {"index": 2, "press": "stop"}


def changed(**devices: dict[str, Any]) -> TeleopConfig:
    """The default configuration with these changes."""
    return parse("teleop", "mine.yaml", {"extends": "default", **devices}, TeleopConfig)


def test_every_device_with_buttons_has_a_stop_of_one_press() -> None:
    config = load_teleop("default")
    for device in (config.gamepad, config.spacemouse):
        assert any(button.press == "stop" and button.hold is None for button in device.buttons)


@pytest.mark.parametrize(
    ("device", "changes", "says"),
    [
        (
            "gamepad",
            {"buttons": [{"index": 0, "press": "success"}]},
            "no button says stop.*index: 2",
        ),
        ("gamepad", {"buttons": [{**STOP, "hold": "abort"}]}, "says stop says nothing else"),
        ("gamepad", {"buttons": [STOP, {"index": 0, "press": "start", "hold": "stop"}]}, "hold"),
        ("gamepad", {"buttons": [STOP, {"index": 2, "press": "start"}]}, "twice"),
        ("gamepad", {"deadman": 2}, "deadman"),
        ("gamepad", {"enable": "hold"}, "enable_button"),
        ("gamepad", {"enable": "hold", "enable_button": 0}, "another meaning"),
        ("gamepad", {"enable": "hold", "enable_button": 10}, "another meaning"),
        ("spacemouse", {"enable": "hold"}, "enable_button"),
        ("keyboard", {"enable": "hold"}, "doesn't tell when a key is released"),
    ],
)
def test_what_is_refused(device: str, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        changed(**{device: changes})


def test_which_source_needs_its_enabling_switch() -> None:
    nobody = load_teleop("default")
    assert not any(needs_enable(name, nobody) for name in (*SOURCES, "none"))
    both = changed(quest={"enable": "hold"}, gamepad={"enable": "hold", "enable_button": 7})
    assert [name for name in (*SOURCES, "none") if needs_enable(name, both)] == ["quest", "gamepad"]
