"""A YAML file of a program's own is what was written, or refused by name."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibrl_ros.data.sealed_yaml import DamagedYamlError, read_yaml, write_yaml

CONTENT = {"train": {"agent": "small_state", "seed": 1}, "ids": ["a", "b"], "note": "# crc32 "}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_yaml(tmp_path / "some.yaml", CONTENT)
    return tmp_path / "some.yaml"


def test_what_is_written_is_read(path: Path) -> None:
    assert read_yaml(path) == CONTENT
    write_yaml(path, {})
    assert read_yaml(path) == {}


def test_every_flipped_bit_is_noticed_or_harmless(path: Path) -> None:
    good = path.read_bytes()
    for position in range(len(good)):
        for bit in range(8):
            damaged = bytearray(good)
            damaged[position] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                assert read_yaml(path) == CONTENT
            except DamagedYamlError as error:
                assert str(path) in str(error)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.yaml"
        path.write_bytes(content)
        try:
            read_yaml(path)
        except DamagedYamlError as error:
            assert str(path) in str(error)


def test_a_part_is_refused_once_its_end_is_gone(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedYamlError, match=str(path)):
        read_yaml(path)


def test_what_a_person_wrote_is_read(path: Path) -> None:
    path.write_text("a: 1  # one\n")
    assert read_yaml(path) == {"a": 1}


def test_a_huge_one_is_not_read(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(DamagedYamlError, match=r"at most 10,000,000"):
        read_yaml(path)
