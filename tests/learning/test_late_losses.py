"""Losses that are read some updates later are refused with the first update, and whose numbers they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from small_runs import learn, make_config, make_run
from torch import Tensor

from ibrl_ros.learning import late_losses
from ibrl_ros.learning.late_losses import EVERY_UPDATES, LateLosses
from ibrl_ros.learning.trainer import Trainer


@pytest.fixture
def values(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What tensors of `meta` are read as, in order; 0 after the last. Each reading adds to `reads`."""
    given: list[float] = []

    def read(*tensors: Tensor) -> Sequence[float]:
        return [given.pop(0) if given else 0.0 for _ in tensors]

    monkeypatch.setattr(late_losses, "read", read)
    return given


def losses(count: int) -> Iterator[dict[str, Tensor]]:
    for _ in range(count):
        yield {name: torch.zeros((), device="meta") for name in ("critic_loss", "q_target", "actor_loss")}


def test_the_first_bad_one_is_named_with_its_update_and_culprit(values: list[float]) -> None:
    late = LateLosses()
    for update, metrics in enumerate(losses(4), start=10):
        late.add(update, metrics, lambda update=update: f"episode {update}")
    values += [0.0, 1.0, 0.0, float("inf"), float("nan"), 0.0]
    with pytest.raises(FloatingPointError, match="the actor's loss is inf at update 11; episode 11"):
        late.check()
    late.check()  # each is read once


def test_they_are_read_every_some_updates(values: list[float]) -> None:
    late = LateLosses()
    values += [float("nan")]
    *first, last = losses(EVERY_UPDATES)
    for update, metrics in enumerate(first):
        late.add(update, metrics, str)
    with pytest.raises(FloatingPointError, match="critic's loss is nan at update 0"):
        late.add(EVERY_UPDATES, last, str)


def test_weights_leave_only_after_the_losses_were_read(tmp_path: Path, values: list[float]) -> None:
    trainer = Trainer(make_run(tmp_path), make_config(), seed=1)
    learn(trainer)
    trainer.save()
    kept, acting = (trainer.run.checkpoints / "last" / "learner.safetensors").read_bytes(), trainer.acting
    for use in (trainer.save, trainer.refresh_acting):
        values += [float("nan")]
        trainer._late_losses.add(3, next(losses(1)), lambda: "episode train-1")
        with pytest.raises(FloatingPointError, match="critic's loss is nan at update 3; episode train-1"):
            use()
    assert trainer.acting == acting
    assert (trainer.run.checkpoints / "last" / "learner.safetensors").read_bytes() == kept
