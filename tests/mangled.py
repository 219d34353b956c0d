"""Bytes as a damaged disk, a broken sender or an attacker would make them of good ones."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

HUGE = 2**62
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-HUGE * 4, HUGE * 4) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
_NUMBER = st.sampled_from([-1, 0, 1, 2**31, 2**40, HUGE, 2**64, 10**30])


def mangled(good: bytes) -> st.SearchStrategy[bytes]:
    """Cut off, flipped, longer, or with a header of another length or another content."""
    return st.one_of(
        st.integers(0, len(good) - 1).map(lambda end: good[:end]),
        st.lists(st.tuples(st.integers(0, len(good) - 1), st.integers(1, 255)), min_size=1, max_size=4).map(
            lambda flips: _flipped(good, flips)
        ),
        st.binary(min_size=1, max_size=40).map(lambda more: good + more),
        st.integers(0, 2**64 - 1).map(lambda length: length.to_bytes(8, "little") + good[8:]),
        reworded(good),
    )


@st.composite
def reworded(draw: st.DrawFn, good: bytes) -> bytes:
    """The header is JSON, with one of its values exchanged."""
    header, data = split(good)
    name = draw(st.sampled_from(sorted(header)))
    entry = header[name]
    key = draw(st.sampled_from(sorted(entry)))
    header[name] = draw(
        st.one_of(
            _JSON,
            _JSON.map(lambda value: {**entry, key: value}),
            st.just({other: value for other, value in entry.items() if other != key}),
            st.lists(_NUMBER, max_size=4).map(lambda shape: {**entry, "shape": shape}),
            st.lists(_NUMBER, min_size=2, max_size=2).map(lambda ends: {**entry, "data_offsets": ends}),
        )
    )
    return join(header, data)


def split(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and data of safetensors bytes."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def join(header: dict[str, Any], data: bytes) -> bytes:
    """Safetensors bytes of a header and data."""
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def _flipped(good: bytes, flips: list[tuple[int, int]]) -> bytes:
    damaged = bytearray(good)
    for position, bits in flips:
        damaged[position] ^= bits
    return bytes(damaged)
