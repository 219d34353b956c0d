"""Weights as bytes: they come back exactly, or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ibrl_ros.learning.weights import pack, read, unpack, write
from ibrl_ros.learning.weights_error import WeightsError

ARRAYS = st.sampled_from([np.float32, np.float64, np.int64, np.uint8]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
FACTS = st.dictionaries(
    st.text(max_size=5),
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.lists(st.integers()),
)


@given(st.dictionaries(st.text("abc/._", min_size=1, max_size=8), ARRAYS, max_size=3), FACTS)
def test_packed_is_unpacked(values: dict[str, np.ndarray], facts: dict[str, object]) -> None:
    tensors, back = unpack(pack({key: torch.from_numpy(value) for key, value in values.items()}, facts))
    assert back == facts
    assert tensors.keys() == values.keys()
    for key, value in values.items():
        np.testing.assert_array_equal(tensors[key].numpy(), value, strict=True)


def test_views_and_gradients_are_no_obstacle() -> None:
    transposed = torch.arange(6.0).reshape(2, 3).T.requires_grad_()
    assert torch.equal(unpack(pack({"w": transposed}, {}))[0]["w"], transposed)


@given(st.integers(0, 1000), st.binary(max_size=50))
def test_what_is_not_whole_is_refused(cut: int, other: bytes) -> None:
    content = pack({"w": torch.zeros(10)}, {"version": 3})
    for damaged in (content[: cut % len(content)], other):
        with pytest.raises(WeightsError, match="not a whole set of weights"):
            unpack(damaged)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "new" / "weights.safetensors"
    write(path, pack({"w": torch.ones(2)}, {"version": 3}))
    assert read(path)[1] == {"version": 3}
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsError, match=str(path)):
        read(path)
    assert list(path.parent.iterdir()) == [path]
