from __future__ import annotations

from pathlib import Path

import pytest

from ibrl_ros.config import ConfigError, load_agent


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
