"""A Franka robot's modes, and which of them lets it move."""

from __future__ import annotations

from ibrl_ros.franka.modes import MODES, mode_named, mode_numbered


def test_numbers_are_those_of_libfranka() -> None:
    assert [mode_numbered(number).name for number in (2, 4, 5)] == ["move", "reflex", "user_stopped"]
    assert mode_numbered(9).name == "mode 9"


def test_it_may_move_in_one_of_them_and_says_why_not_in_the_others() -> None:
    assert [name for name in MODES if mode_named(name).may_move] == ["move"]
    for name in (*MODES, "mode 9"):
        mode = mode_named(name)
        assert mode.may_move or repr(name) in mode.obstacle
