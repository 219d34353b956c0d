"""A loss that isn't finite changes nothing, also where no one may read it; on the processor's Adam."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ibrl_ros.rl.learning_step import LossGuard, adam, step, track


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_halted_adam_leaves_weights_and_moments(bad: float) -> None:
    net, guard = nn.Linear(3, 2), LossGuard(torch.device("cpu"))
    optimizer = adam(list(net.parameters()), 0.1)
    optimizer.found_inf = guard.halted  # as `watch` sets it on a GPU
    step(net(torch.ones(1, 3)).sum(), optimizer)
    before = [value.clone() for value in (net.weight, *optimizer.state[net.weight].values())]
    guard.halted.fill_(1)
    step(net(torch.ones(1, 3)).sum() * bad, optimizer)
    after = (net.weight, *optimizer.state[net.weight].values())
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    guard.halted.fill_(0)
    step(net(torch.ones(1, 3)).sum(), optimizer)
    assert not torch.equal(before[0], net.weight)


def test_the_processor_raises_at_once() -> None:
    with pytest.raises(FloatingPointError, match="the critic's loss is nan at update 7"):
        LossGuard(torch.device("cpu")).check(torch.tensor(float("nan")), "critic", 7)


def test_elsewhere_a_flag_is_set_on_the_device_without_reading() -> None:
    guard = LossGuard(torch.device("meta"))
    guard.check(torch.zeros((), device="meta"), "critic", 0)
    target, source = (nn.Linear(3, 2, device="meta") for _ in range(2))
    track(target, source, 0.1, guard)


@pytest.mark.parametrize("halted", [False, True])
def test_a_halted_target_stays(halted: bool) -> None:
    target, source, guard = nn.Linear(3, 2), nn.Linear(3, 2), LossGuard(torch.device("cpu"))
    guard.halted = _NotOfTheProcessor(float(halted))
    before = target.weight.clone()
    track(target, source, 0.25, guard)
    expected = before if halted else before.lerp(source.weight, 0.25)
    torch.testing.assert_close(
        target.weight, expected, rtol=0 if halted else 1e-5, atol=0 if halted else 1e-6
    )


class _NotOfTheProcessor(torch.Tensor):
    """A number of the processor that says it is elsewhere."""

    @staticmethod
    def __new__(cls: type, value: float) -> _NotOfTheProcessor:
        return torch.Tensor._make_subclass(cls, torch.tensor(value))

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return torch.device("meta")
