from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.rl.augment import PAD, random_shift

IMAGES = torch.randint(0, 256, (2, 3, 12, 10), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


@given(st.integers(0, 2 * PAD), st.integers(0, 2 * PAD))
def test_a_shift_is_a_crop_of_the_image_padded_with_its_edge(x: int, y: int) -> None:
    padded = np.pad(IMAGES.numpy(), ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)), mode="edge")
    shifted = random_shift(IMAGES, torch.tensor([[x, y], [PAD, PAD]]))
    assert np.array_equal(shifted[0], padded[0, :, y : y + 12, x : x + 10])
    assert torch.equal(shifted[1], IMAGES[1])
