from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from ibrl_ros.rl.augment import PAD, random_shift
from ibrl_ros.rl.networks import patches as module
from ibrl_ros.rl.networks.layers import centred
from ibrl_ros.rl.networks.patches import patches, shifted_images

STORED = torch.randint(0, 256, (3, 13, 11, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
IMAGES = STORED.permute(0, 3, 1, 2)

needs_library = pytest.mark.skipif(module._library is None, reason="built without a C compiler")


def in_pytorch(images: Tensor, shift: Tensor | None, kernel: int, stride: int) -> Tensor:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_library", None)
        return patches(images, shift, kernel, stride)


@needs_library
@given(
    st.lists(st.integers(0, 2 * PAD), min_size=6, max_size=6), st.integers(1, 11), st.integers(1, 4),
    st.booleans(),
)  # fmt: skip
def test_library_and_pytorch_agree(starts: list[int], kernel: int, stride: int, channels_first: bool) -> None:
    images = IMAGES.contiguous() if channels_first else IMAGES
    shift = torch.tensor(starts).view(3, 2)
    ours, theirs = patches(images, shift, kernel, stride), in_pytorch(images, shift, kernel, stride)
    assert ours.shape == theirs.shape
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.parametrize("library", [pytest.param(True, marks=needs_library), False])
def test_an_image_is_shifted_and_centred_in_every_layout(
    library: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not library:
        monkeypatch.setattr(module, "_library", None)
    shift = torch.tensor([[0, 7], [8, 2], [PAD, PAD]])
    for layout in (torch.channels_last, torch.contiguous_format):
        shown = shifted_images(IMAGES, shift, layout)
        assert shown.is_contiguous(memory_format=layout)
        torch.testing.assert_close(shown, centred(random_shift(IMAGES, shift)), rtol=0, atol=1e-6)
        whole = shifted_images(IMAGES, None, layout)
        torch.testing.assert_close(whole, centred(IMAGES), rtol=0, atol=1e-6)


@pytest.mark.parametrize("library", [pytest.param(True, marks=needs_library), False])
def test_products_of_patches_are_the_convolution(library: bool) -> None:
    conv = torch.nn.Conv2d(3, 5, 4, 2)
    rows = patches(IMAGES, None, 4, 2) if library else in_pytorch(IMAGES, None, 4, 2)
    products = rows @ conv.weight.permute(0, 2, 3, 1).flatten(1).T + conv.bias
    torch.testing.assert_close(products.permute(0, 3, 1, 2), conv(centred(IMAGES)))


@needs_library
def test_a_shift_far_outside_stays_in_the_image() -> None:
    shift = torch.tensor([[1000, -1000], [-1000, 1000], [PAD, PAD]])
    torch.testing.assert_close(patches(IMAGES, shift, 2, 1), in_pytorch(IMAGES, shift, 2, 1))
