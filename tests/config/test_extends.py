from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, SerializeAsAny

from ibrl_ros.config import CameraConfig, ConfigError, load_agent, load_camera, load_robot
from ibrl_ros.config.camera import SourceConfig
from ibrl_ros.config.loader import parse
from ibrl_ros.extension import Extension, extension_of
from ibrl_ros.registers import CAMERAS


def write(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(text)
    return str(path)


def test_what_a_file_says_wins_and_the_rest_is_its_bases(tmp_path: Path) -> None:
    path = write(tmp_path, "mine", "extends: small_state\nlr: 0.5\nactor: {dropout: 0.25}\n")
    mine, base = load_agent(path), load_agent("small_state")
    assert (mine.lr, mine.actor.dropout) == (0.5, 0.25)
    assert mine.actor.hidden_dim == base.actor.hidden_dim
    assert mine.model_copy(update={"lr": base.lr, "actor": base.actor}) == base


def test_a_path_can_be_extended(tmp_path: Path) -> None:
    base = write(tmp_path, "base", "gamma: 0.5\n")
    assert load_agent(write(tmp_path, "mine", f"extends: {base}\n")).gamma == 0.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("extends: nobody\n", "unknown agent 'nobody'"),
        ("extends: small_state_rlpd\n", "extends no other"),
        ("extends: small_state\ngama: 0.9\n", "gama: unknown key"),
        ("extends: small_state\nactor: 3\n", "actor"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_agent(write(tmp_path, "mine", text))


def test_a_section_of_another_class_keeps_what_that_class_knows() -> None:
    content = {"extends": "front_realsense", "source": {"kind": "v4l2", "device": "/dev/video0", "gain": 7}}
    front, mine = load_camera("front_realsense"), parse("cameras", "mine.yaml", content, CameraConfig)
    assert mine.crop == front.crop
    kept = {key: value for key, value in mine.source.model_dump().items() if key in front.source.model_dump()}
    assert kept == {**front.source.model_dump(include=set(kept)), "kind": "v4l2", "gain": 7}
    assert "serial" not in mine.source.model_dump()


def test_a_section_beside_null_does_so_too() -> None:
    class Toy(BaseModel):
        lid: Annotated[SerializeAsAny[SourceConfig], Extension(CAMERAS, "kind")] | None = None

    extension = extension_of(Toy.model_fields["lid"])
    assert extension is not None and extension.register is CAMERAS
    assert extension_of(CameraConfig.model_fields["crop"]) is None


def test_a_section_of_a_class_that_is_not_there_is_told_as_ever() -> None:
    content = {"extends": "front_realsense", "source": {"kind": "film"}}
    with pytest.raises(ConfigError, match="no camera 'film'"):
        parse("cameras", "mine.yaml", content, CameraConfig)


def test_a_section_takes_up_a_file_of_its_own_kind(tmp_path: Path) -> None:
    hand, robotiq = load_robot("fr3_hand").arm, load_robot("fr3_robotiq").arm
    assert hand is not None and robotiq is not None
    assert (hand.tcp_offset_m, robotiq.tcp_offset_m) == (0.1034, 0.17)
    assert hand.model_copy(update={"tcp_offset_m": 0.17}) == robotiq
    mine = load_robot(write(tmp_path, "mine", "extends: fr3_hand\narm: {tcp_offset_m: 0.2}\n")).arm
    assert mine == hand.model_copy(update={"tcp_offset_m": 0.2})


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        ("{extends: nobody}", "unknown arm 'nobody'; known: fr3"),
        ("{extends: fr3, tcp: 1}", r"arm\.tcp: unknown key"),
        ("{extends: fr3, links: [[0, 0, 0]]}", "links has 1 entries for 7 joints"),
    ],
)
def test_what_is_wrong_in_such_a_section_is_said(tmp_path: Path, arm: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_robot(write(tmp_path, "mine", f"extends: fr3_hand\narm: {arm}\n"))
