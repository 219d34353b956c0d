from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from ibrl_ros.rl.networks import spatial
from ibrl_ros.rl.networks.spatial import spatial_embedding

BATCH, PATCHES, CHANNELS, MEMBERS, WIDTH = 37, 5, 96, 3, 19

needs_kernel = pytest.mark.skipif(spatial._kernel is None, reason="built without a C compiler")


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One thread, and parts of 5 samples: 2 are left."""
    monkeypatch.setattr(spatial, "_BLOCK", 5 * CHANNELS * MEMBERS * WIDTH)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_inputs(candidates: int) -> list[Tensor]:
    """Features, rest, projection, gain, bias and weight of the embedding."""
    shapes = (
        (BATCH, CHANNELS, PATCHES), (BATCH, candidates, MEMBERS, WIDTH), (MEMBERS, WIDTH, PATCHES),
        (MEMBERS, WIDTH), (MEMBERS, WIDTH), (MEMBERS, CHANNELS, WIDTH),
    )  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator) for shape in shapes]


def embed(inputs: list[Tensor], *, kernel: bool, monkeypatch: pytest.MonkeyPatch) -> Tensor:
    """The embedding by the kernel, or by PyTorch alone."""
    with monkeypatch.context() as patch:
        if not kernel:
            patch.setattr(spatial, "_kernel", None)
        return spatial_embedding(*inputs)


@needs_kernel
@pytest.mark.parametrize("candidates", [1, 3])
def test_kernel_and_pytorch_agree_on_values_and_gradients(
    candidates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for kernel in (True, False):
        inputs = [tensor.requires_grad_() for tensor in make_inputs(candidates)]
        out = embed(inputs, kernel=kernel, monkeypatch=monkeypatch)
        (out.sin() * torch.arange(WIDTH)).sum().backward()
        results.append([out, *(tensor.grad for tensor in inputs)])
    for by_kernel, by_pytorch in zip(*results, strict=True):
        largest = float(
            by_pytorch.detach().abs().max()
        )  # sums of many summands round by a part of the largest
        torch.testing.assert_close(by_kernel, by_pytorch, rtol=1e-4, atol=1e-5 * largest)


@needs_kernel
def test_the_candidates_gradient_alone_is_the_same_where_most_samples_send_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gradients = []
    for kernel in (True, False):
        inputs = make_inputs(candidates=1)
        inputs[1].requires_grad_()
        embed(inputs, kernel=kernel, monkeypatch=monkeypatch)[::7, :, 1:].square().sum().backward()
        gradients.append(inputs[1].grad)
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-3)
    assert gradients[0][1:7].abs().sum() == 0 and gradients[0][:, :, 0].abs().sum() == 0


@needs_kernel
@pytest.mark.parametrize("candidates", [1, 2])
def test_bfloat16_is_near_float32(candidates: int, monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for low in (False, True):
        inputs = [tensor.requires_grad_() for tensor in make_inputs(candidates)]
        with torch.autocast("cpu", torch.bfloat16, enabled=low):
            out = embed(inputs, kernel=True, monkeypatch=monkeypatch)
        out.sum().backward()
        results.append([out, *(tensor.grad for tensor in inputs)])
    for exact, rounded in zip(*results, strict=True):
        assert rounded.dtype == torch.float32
        assert 0 < (rounded - exact).abs().mean() < 0.03 * exact.abs().mean()


@needs_kernel
def test_what_is_not_a_number_stays_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = make_inputs(1)
    inputs[0][3, 0, 0] = torch.nan
    bad = embed(inputs, kernel=True, monkeypatch=monkeypatch).isnan().flatten(1).any(1)
    assert bad.nonzero().flatten().tolist() == [3]


@needs_kernel
@pytest.mark.parametrize("kernel", [True, False])
def test_members_embed_as_if_each_came_alone(kernel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    features, rest, *learned = make_inputs(2)
    together = embed([features, rest, *learned], kernel=kernel, monkeypatch=monkeypatch)
    for member in range(MEMBERS):
        one = slice(member, member + 1)
        alone = [features, rest[:, :, one], *(tensor[one] for tensor in learned)]
        embedded = embed(alone, kernel=kernel, monkeypatch=monkeypatch)
        torch.testing.assert_close(together[:, :, one], embedded, rtol=1e-4, atol=1e-4)
