"""What is cut out and how small it gets; the intrinsics still tell where a point is seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ibrl_ros.cameras.camera import CameraError
from ibrl_ros.cameras.frame import Intrinsics
from ibrl_ros.cameras.picture import Picture
from ibrl_ros.config import CropConfig

WIDTH, HEIGHT = 64, 48


@st.composite
def crops(draw: st.DrawFn) -> CropConfig:
    width, height = draw(st.integers(1, WIDTH)), draw(st.integers(1, HEIGHT))
    x, y = draw(st.integers(0, WIDTH - width)), draw(st.integers(0, HEIGHT - height))
    return CropConfig(x=x, y=y, width=width, height=height)


@settings(deadline=None)
@given(crops(), st.integers(1, 100), st.integers(0, 255))
def test_any_crop_gives_a_square_of_the_asked_size(crop: CropConfig, side: int, grey: int) -> None:
    picture = Picture(WIDTH, HEIGHT, side, crop)
    out = picture.of(np.full((HEIGHT, WIDTH, 3), grey, np.uint8))
    np.testing.assert_array_equal(out, np.full((side, side, 3), grey, np.uint8), strict=True)


def test_without_a_crop_it_is_the_largest_square_in_the_middle() -> None:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:, 8:56] = 255
    assert Picture(WIDTH, HEIGHT, 24, None).of(image).min() == 255


def test_shrinking_averages() -> None:
    """A checkerboard turns grey instead of keeping some of its fields."""
    board = np.indices((HEIGHT, HEIGHT)).sum(axis=0) % 2 * 255
    image = np.repeat(board[:, :, None], 3, axis=2).astype(np.uint8)
    small = Picture(HEIGHT, HEIGHT, HEIGHT // 4, None).of(image)
    assert set(np.unique(small)) <= {127, 128}


@pytest.mark.parametrize("crop", [(1, 0, WIDTH, HEIGHT), (0, 1, WIDTH, HEIGHT), (60, 0, 5, 5)], ids=str)
def test_a_crop_beyond_the_picture_is_refused(crop: tuple[int, int, int, int]) -> None:
    x, y, width, height = crop
    with pytest.raises(CameraError, match=f"the crop from .* reaches beyond the picture of {WIDTH}x{HEIGHT}"):
        Picture(WIDTH, HEIGHT, 96, CropConfig(x=x, y=y, width=width, height=height))


@settings(deadline=None)
@given(crops(), st.integers(1, 200), st.floats(-1, 1), st.floats(-1, 1))
def test_intrinsics_follow_the_pixels(crop: CropConfig, side: int, x: float, y: float) -> None:
    """A ray meets the same spot of the crop, measured from its edges, in both pictures."""
    full = Intrinsics(WIDTH, HEIGHT, 50.0, 52.0, 31.0, 25.0, "plumb_bob", (0.1, 0, 0, 0, 0))
    small = Picture(WIDTH, HEIGHT, side, crop).intrinsics(full)
    assert (small.width, small.height) == (side, side)
    assert (small.model, small.distortion) == (full.model, full.distortion)
    for axis, size, low in (("x", crop.width, crop.x), ("y", crop.height, crop.y)):
        slope = x if axis == "x" else y
        before = getattr(full, f"f{axis}") * slope + getattr(full, f"c{axis}")
        after = getattr(small, f"f{axis}") * slope + getattr(small, f"c{axis}")
        assert (after + 0.5) / side == pytest.approx((before - low + 0.5) / size, abs=1e-9)
