"""What the doctor says of GPUs, and of what will be done with them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from ibrl_ros.commands.checks import gpu
from ibrl_ros.commands.checks.finding import Setup


def test_each_gpu_and_its_use(setup: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    card = SimpleNamespace(name="Card", total_memory=24 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda number: card)
    first, second = gpu.check(setup)
    assert (first.name, first.level, second.name, second.level) == ("GPU", "ok", "GPU 1", "ok")
    assert first.says.startswith("Card, 24 GiB; learning and acting use it")
    assert "device:=cuda:1" in second.says


def test_without_one_the_processor_is_used(setup: Setup, lab: Setup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    levels = []
    for one in (setup, lab):
        (found,) = gpu.check(one)
        assert "use the processor" in found.says
        levels.append(found.level)
    assert levels == ["ok", "warning"]
