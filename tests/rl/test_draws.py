from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from ibrl_ros.rl.draws import Draws
from ibrl_ros.rl.networks.layers import Dropout


def sample(draws: Draws) -> list[torch.Tensor]:
    return [
        draws.normal((3, 2)),
        draws.shift(4, 4),
        draws.subset(5, 2),
        draws.index(torch.full((4, 3), 1 / 3, device=draws.device)),
        draws.keep((4, 3), 0.5),
    ]


@given(st.integers(0, 2**32))
def test_a_saved_state_repeats_every_draw(seed: int) -> None:
    draws = Draws(seed)
    state = draws.get_state()
    first = sample(draws)
    other = Draws(seed + 1)
    other.set_state(state)
    assert all(torch.equal(a, b) for a, b in zip(first, sample(other), strict=True))
    assert not torch.equal(first[0], sample(draws)[0])


@given(st.integers(1, 10), st.data())
def test_a_subset_has_different_members(total: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, total))
    members = Draws(0).subset(total, size).tolist()
    assert len(set(members)) == size
    assert set(members) <= set(range(total))


@given(st.integers(0, 2**32), st.integers(1, 20), st.integers(1, 6))
def test_a_choice_is_drawn_as_multinomial_does(seed: int, rows: int, columns: int) -> None:
    probabilities = torch.rand(rows, columns, generator=torch.Generator().manual_seed(seed)) + 1e-3
    drawn = probabilities.multinomial(1, generator=torch.Generator().manual_seed(seed + 1)).squeeze(1)
    assert torch.equal(Draws(seed + 1).index(probabilities), drawn)


def test_the_numbers_are_the_processors_whatever_the_device() -> None:
    here, there = Draws(0), Draws(0, "meta")
    assert all(one.is_meta for one in sample(there))
    sample(here)
    assert torch.equal(here.get_state(), there.get_state())


@given(st.integers(0, 2**32))
def test_draws_made_ahead_are_those_made_one_by_one(seed: int) -> None:
    one_by_one, ahead = Draws(seed), Draws(seed)
    with one_by_one.noted() as asked:
        expected = sample(one_by_one)
    with ahead.served(asked, ahead.ahead(asked)):
        assert all(torch.equal(a, b) for a, b in zip(sample(ahead), expected, strict=True))
    assert torch.equal(ahead.get_state(), one_by_one.get_state())
    assert torch.equal(ahead.normal((5,)), one_by_one.normal((5,)))


def test_draws_made_ahead_are_one_copy_to_the_device() -> None:
    copies: list[object] = []

    class Copies(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            copies.extend([func] if func is torch.ops.aten._to_copy.default else [])
            return func(*args, **(kwargs or {}))

    draws = Draws(0, "meta")
    with draws.noted() as asked:
        sample(draws)
    with Copies(), draws.served(asked, draws.ahead(asked).to(draws.device)):
        assert all(one.is_meta for one in sample(draws))
    assert len(copies) == 1


def test_a_draw_that_was_not_made_ahead_is_named() -> None:
    draws = Draws(0)
    with draws.noted() as asked:
        draws.normal((3, 2))
    with (
        draws.served(asked, draws.ahead(asked)),
        pytest.raises(RuntimeError, match=r"\(3, 3\).*pure = False"),
    ):
        draws.normal((3, 3))
    with draws.served(asked, draws.ahead(asked)):
        draws.normal((3, 2))
        with pytest.raises(RuntimeError, match="None was made ahead"):
            draws.uniform((1,))


def test_shifts_cover_their_range() -> None:
    assert Draws(0).shift(2000, 4).unique().tolist() == list(range(9))


def test_dropout_keeps_the_mean_and_stops_in_eval_mode() -> None:
    x = torch.ones(200, 200)
    dropout = Dropout(0.25, Draws(0))
    dropped = dropout(x)
    assert torch.equal(dropped.unique(), torch.tensor([0, 1 / 0.75]))
    assert abs(dropped.mean().item() - 1) < 0.02
    assert dropout.eval()(x) is x
