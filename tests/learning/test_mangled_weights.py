"""Bytes that claim to be weights: what is taken is what was written, and everything else is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from mangled import join, mangled, reworded, split
from safetensors.torch import save

from ibrl_ros.learning.weights import pack, read, read_facts, unpack
from ibrl_ros.learning.weights_error import WeightsError

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([7], dtype=torch.int64)}
FACTS: dict[str, Any] = {"version": 3, "crc32": "a fact"}
GOOD = pack(TENSORS, FACTS)
#: As an older version wrote them.
BARE = save(TENSORS, metadata={"facts": '{"version": 3}'})


def same(found: dict[str, torch.Tensor]) -> bool:
    return found.keys() == TENSORS.keys() and all(torch.equal(found[key], TENSORS[key]) for key in TENSORS)


@settings(max_examples=300)
@given(mangled(GOOD))
def test_mangled_bytes_are_the_weights_or_refused(content: bytes) -> None:
    try:
        tensors, facts = unpack(content)
    except WeightsError:
        return
    assert same(tensors) and facts == FACTS


@settings(max_examples=200)
@given(reworded(BARE))
def test_an_unsealed_header_that_says_something_else_is_weights_or_refused(content: bytes) -> None:
    try:
        _, facts = unpack(content)
    except WeightsError:
        return
    assert isinstance(facts, dict)


def test_every_flipped_bit_is_noticed() -> None:
    for position in range(len(GOOD)):
        for bit in range(8):
            damaged = bytearray(GOOD)
            damaged[position] ^= 1 << bit
            with pytest.raises(WeightsError):
                unpack(bytes(damaged))


def test_files_of_older_versions_open() -> None:
    tensors, facts = unpack(BARE)
    assert same(tensors) and facts == {"version": 3}


@pytest.mark.parametrize("facts", ["[1]", "3", "null", "{", "nonsense"])
def test_facts_that_are_none_are_refused(facts: str) -> None:
    with pytest.raises(WeightsError):
        unpack(save(TENSORS, metadata={"facts": facts}))


def test_the_same_weights_give_the_same_bytes_and_other_programs_read_them() -> None:
    from safetensors.torch import load

    assert pack(TENSORS, FACTS) == GOOD and same(load(GOOD))


@pytest.mark.parametrize("place", ["length", "offsets", "shape", "a hole"])
def test_a_claim_of_terabytes_is_refused_with_the_files_name(tmp_path: Path, place: str) -> None:
    header, data = split(GOOD)
    if place == "offsets":
        header["a"]["data_offsets"] = [0, 2**44]
    elif place == "shape":
        header["a"]["shape"] = [2**44, 3]
    content = join(header, data)
    if place == "length":
        content = (2**44).to_bytes(8, "little") + content[8:]
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    if place == "a hole":
        with path.open("r+b") as file:
            file.truncate(2**40)
    for use in (read, read_facts):
        with pytest.raises(WeightsError, match=rf"^{path}: not a whole set of weights: "):
            use(path)
