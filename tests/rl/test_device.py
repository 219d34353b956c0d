"""Which device a name stands for, on machines with and without GPUs."""

from __future__ import annotations

import pytest
import torch

from ibrl_ros.rl.device import device_in_words, find_device

NO_NAMES = ("", "gpu", "cuda0", "cuda:", "cuda:-1", "cuda:01", "cuda:٣", "CPU", "meta", "cuda:0:1")


def has_gpus(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Card {device.index}")


@pytest.mark.parametrize(
    ("gpus", "name", "found"),
    [
        (0, "auto", "cpu"),
        (0, "cpu", "cpu"),
        (2, "auto", "cuda:0"),
        (2, "cpu", "cpu"),
        (2, "cuda", "cuda:0"),
        (2, "cuda:1", "cuda:1"),
    ],
)
def test_a_name_stands_for_one_device(
    monkeypatch: pytest.MonkeyPatch, gpus: int, name: str, found: str
) -> None:
    has_gpus(monkeypatch, gpus)
    assert str(find_device(name)) == found


@pytest.mark.parametrize(
    ("gpus", "name", "said"),
    [
        (0, "cuda", "finds no GPU"),
        (0, "cuda:1", "finds no GPU"),
        (2, "cuda:2", "cuda:0 to cuda:1"),
        *((gpus, name, "expected auto, cpu") for gpus in (0, 2) for name in NO_NAMES),
    ],
)
def test_what_cannot_be_used_is_said(
    monkeypatch: pytest.MonkeyPatch, gpus: int, name: str, said: str
) -> None:
    has_gpus(monkeypatch, gpus)
    with pytest.raises(ValueError, match=said):
        find_device(name)


def test_a_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    has_gpus(monkeypatch, 2)
    assert device_in_words(find_device("cuda:1")) == "cuda:1 (Card 1)"
    assert device_in_words(find_device("cpu")) == "cpu"
