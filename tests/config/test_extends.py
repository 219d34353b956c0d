from __future__ import annotations

from pathlib import Path

import pytest

from ibrl_ros.config import ConfigError, load_agent, load_robot


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
